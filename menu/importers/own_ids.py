"""The ids that our own Square export gives its objects, written and read back: they carry slugs, keys and SKUs.

Square's own ids are random letters and never look like these.
"""

import re

CATEGORY = "category-"
GROUP = "list-"

# What may be a category's short name, and what a group's.
_HANDLES = {CATEGORY: re.compile(r"[-a-zA-Z0-9_]{1,80}"), GROUP: re.compile(r".{1,80}")}


def size_id(sku: str, size_sku: str) -> str:
    """Return the id of a size; without a SKU of its own that of the only variation, which is the product itself."""
    return f"{sku}#{size_sku}"


def handle_in(source_id: str, prefix: str, taken: set[str]) -> str:
    """Return the slug or key that an id of ours carries, and add it to `taken`; "" where it is none, or taken."""
    handle = source_id.removeprefix(prefix)
    if handle == source_id or handle in taken or not _HANDLES[prefix].fullmatch(handle):
        return ""
    taken.add(handle)
    return handle


def is_size(variation_id: str, item_id: str) -> bool:
    """Say whether an id of ours says that this variation is a size, even the only one."""
    return variation_id.startswith(size_id(item_id, "")) and variation_id != size_id(item_id, "")
