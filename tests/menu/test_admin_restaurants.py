"""A restaurant's settings, pausing in one tap, and its tables with their codes, in the admin."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from menu.models import Restaurant, Table
from menu.qr import qr_png, qr_svg
from tests.factories import NOW, RestaurantFactory, TableFactory
from tests.menu.admin_forms import errors_of, page_of, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def restaurant() -> Restaurant:
    made: Restaurant = RestaurantFactory.create(slug="demo", name="Firefinch")
    return made


def with_permissions(client: Client, *codenames: str) -> Client:
    user = User.objects.create_user("wendy", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    client.force_login(user)
    return client


def test_settings_are_saved_and_only_printed_ones_make_a_new_menu(admin_client: Client, restaurant: Restaurant) -> None:
    before = restaurant.menu_version

    save(admin_client, page_of(restaurant))
    save(admin_client, page_of(restaurant), ordering="paused", pause_message="Back at eight", tip_percents="10 20")
    restaurant.refresh_from_db()
    assert (restaurant.ordering, restaurant.pause_message, restaurant.tip_percents) == (
        "paused",
        "Back at eight",
        [10, 20],
    )
    assert restaurant.menu_version == before

    save(admin_client, page_of(restaurant), accent_colour="#224466", opening_hours="Mo-Fr 11:00-22:00")
    restaurant.refresh_from_db()
    assert (restaurant.accent_colour, restaurant.opening_hours) == ("#224466", "Mo-Fr 11:00-22:00")
    assert restaurant.menu_version == before + 1


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"slug": "a b"}, {"slug": ["Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."]}),
        ({"slug": "taken"}, {"slug": ["Restaurant with this Address name already exists."]}),
        ({"accent_colour": "red"}, {"accent_colour": ["Write the colour as #rrggbb."]}),
        (
            {"opening_hours": "daily"},
            {"opening_hours": ["“daily” cannot be read. Write lines like “Mo-Fr 11:00-14:30, 17:00-22:00”."]},
        ),
        (
            {"tip_percents": "7.5"},
            {"tip_percents": ["Write whole percentages from 1 to 100 with commas, like “5, 10, 15”."]},
        ),
        (
            {"currency": "XXX"},
            {"currency": ["Select a valid choice. XXX is not one of the available choices."]},
        ),
        (
            {"time_zone": "Mars/Olympus"},
            {"time_zone": ["Select a valid choice. Mars/Olympus is not one of the available choices."]},
        ),
        ({"tax_rate": "-1"}, {"tax_rate": ["Ensure this value is greater than or equal to 0."]}),
        ({"tax_rate": "NaN"}, {"tax_rate": ["Enter a number."]}),
    ],
)
def test_bad_settings_are_refused_next_to_the_field(
    admin_client: Client, restaurant: Restaurant, changes: dict[str, str], errors: dict[str, list[str]]
) -> None:
    RestaurantFactory.create(slug="taken")

    answer = save(admin_client, page_of(restaurant), **changes)

    assert errors_of(answer) == errors
    assert Restaurant.objects.get(pk=restaurant.pk).menu_version == restaurant.menu_version


def test_the_currency_stays_once_something_was_ordered(admin_client: Client, restaurant: Restaurant) -> None:
    save(admin_client, page_of(restaurant), currency="CHF")
    assert Restaurant.objects.get().currency == "CHF"

    Restaurant.objects.update(last_order_number=1)
    answer = save(admin_client, page_of(restaurant), currency="EUR")

    assert errors_of(answer) == {"currency": ["Orders were taken in CHF: it cannot be changed any more."]}
    assert Restaurant.objects.get().currency == "CHF"


# One tap -------------------------------------------------------------------------------------------------------------


def test_ordering_is_paused_with_a_message_in_one_tap(client: Client, restaurant: Restaurant) -> None:
    waiter = with_permissions(client, "view_restaurant", "pause_ordering")
    shown = waiter.get(page_of(restaurant)).content.decode()
    assert "Pause ordering" in shown

    answer = waiter.post(
        f"/admin/menu/restaurant/{restaurant.pk}/ordering/", {"ordering": "paused", "pause_message": " Full house "}
    )

    stored = Restaurant.objects.get()
    assert answer.headers["Location"] == page_of(restaurant)
    assert (stored.ordering, stored.pause_message) == ("paused", "Full house")
    assert stored.refusal(now=NOW) == "Full house"
    assert "Take orders" in waiter.get(page_of(restaurant)).content.decode()


def test_from_the_board_the_way_leads_back_to_the_board(admin_client: Client, restaurant: Restaurant) -> None:
    answer = admin_client.post(
        f"/admin/menu/restaurant/{restaurant.pk}/ordering/", {"ordering": "browse_only", "back": "board"}
    )

    assert answer.headers["Location"] == "/admin/board/demo/"
    assert Restaurant.objects.get().ordering == "browse_only"


def test_a_wrong_state_is_told_and_changes_nothing(admin_client: Client, restaurant: Restaurant) -> None:
    answer = admin_client.post(f"/admin/menu/restaurant/{restaurant.pk}/ordering/", {"ordering": "shut"}, follow=True)

    assert "Choose whether diners can order." in answer.content.decode()
    assert Restaurant.objects.get().ordering == "on"


def test_pausing_needs_the_permission_and_a_post(client: Client, restaurant: Restaurant) -> None:
    address = f"/admin/menu/restaurant/{restaurant.pk}/ordering/"
    looker = with_permissions(client, "view_restaurant")

    assert looker.get(address).status_code == 405
    assert looker.post(address, {"ordering": "paused"}).status_code == 403
    assert "Pause ordering" not in looker.get(page_of(restaurant)).content.decode()
    assert Restaurant.objects.get().ordering == "on"


# Tables ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def table(restaurant: Restaurant) -> Table:
    made: Table = TableFactory.create(restaurant=restaurant, name="Table 1", code="bcdfghjkmnpq")
    return made


def test_the_code_is_shown_and_served_as_svg_and_png(admin_client: Client, table: Table) -> None:
    page = admin_client.get(f"/admin/menu/table/{table.pk}/change/").content.decode()
    svg = admin_client.get(f"/admin/menu/table/{table.pk}/qr.svg")
    png = admin_client.get(f"/admin/menu/table/{table.pk}/qr.png")

    link = "http://127.0.0.1:8000/t/bcdfghjkmnpq/"
    assert f'<a href="{link}">{link}</a>' in page
    assert (svg.headers["Content-Type"], svg.content.decode()) == ("image/svg+xml", qr_svg(link))
    assert (png.headers["Content-Type"], png.content) == ("image/png", qr_png(link))
    assert admin_client.get(f"/admin/menu/table/{table.pk}/qr.gif").status_code == 404
    assert admin_client.get("/admin/menu/table/999999/qr.svg").status_code == 404


def test_the_sheet_of_the_selection_is_a_pdf_to_download(admin_client: Client, table: Table) -> None:
    answer = admin_client.post("/admin/menu/table/", {"action": "print_sheet", "_selected_action": [table.pk]})

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="qr-demo.pdf"'
    assert answer.content.startswith(b"%PDF-")
    assert admin_client.get(f"/admin/menu/table/{table.pk}/card.pdf").content.startswith(b"%PDF-")
    whole = admin_client.get(f"/admin/menu/restaurant/{table.restaurant_id}/qr-codes.pdf")
    assert whole.content.startswith(b"%PDF-")


def test_a_restaurant_without_tables_has_no_sheet(admin_client: Client, restaurant: Restaurant) -> None:
    assert admin_client.get(f"/admin/menu/restaurant/{restaurant.pk}/qr-codes.pdf").status_code == 404


def test_renewing_asks_first_and_leaves_a_trace(admin_client: Client, table: Table) -> None:
    asked = admin_client.post("/admin/menu/table/", {"action": "rotate", "_selected_action": [table.pk]})

    table.refresh_from_db()
    assert "Renew the QR codes?" in asked.content.decode()
    assert table.code == "bcdfghjkmnpq"

    done = admin_client.post(
        "/admin/menu/table/", {"action": "rotate", "_selected_action": [table.pk], "confirmed": "yes"}, follow=True
    )

    table.refresh_from_db()
    assert table.code != "bcdfghjkmnpq"
    assert table.rotated_at is not None
    assert "1 code renewed." in done.content.decode()
    assert "QR code renewed." in admin_client.get(f"/admin/menu/table/{table.pk}/history/").content.decode()


def test_a_code_renewed_while_the_form_was_open_survives_saving_it(admin_client: Client, table: Table) -> None:
    Table.objects.update(code="rstvwxz23456")

    save(admin_client, f"/admin/menu/table/{table.pk}/change/", name="Window")

    table.refresh_from_db()
    assert (table.name, table.code) == ("Window", "rstvwxz23456")


def test_a_second_table_of_the_same_name_is_refused(admin_client: Client, table: Table) -> None:
    other = TableFactory.create(restaurant=table.restaurant)

    answer = save(admin_client, f"/admin/menu/table/{other.pk}/change/", name="Table 1")

    assert errors_of(answer) == {"__all__": ["Table with this Restaurant and Name already exists."]}


def test_tables_are_taken_out_of_use_and_put_back_together(admin_client: Client, table: Table) -> None:
    admin_client.post("/admin/menu/table/", {"action": "take_out_of_use", "_selected_action": [table.pk]})
    table.refresh_from_db()
    assert not table.is_active

    admin_client.post("/admin/menu/table/", {"action": "put_in_use", "_selected_action": [table.pk]})
    table.refresh_from_db()
    assert table.is_active


def test_whoever_may_only_look_prints_but_does_not_renew(client: Client, table: Table) -> None:
    waiter = with_permissions(client, "view_table")

    printed = waiter.post("/admin/menu/table/", {"action": "print_sheet", "_selected_action": [table.pk]})
    waiter.post("/admin/menu/table/", {"action": "rotate", "_selected_action": [table.pk], "confirmed": "yes"})

    table.refresh_from_db()
    assert printed.headers["Content-Type"] == "application/pdf"
    assert table.code == "bcdfghjkmnpq"


def test_codes_are_for_staff_who_may_see_tables(client: Client, table: Table) -> None:
    stranger = client.get(f"/admin/menu/table/{table.pk}/qr.svg")
    assert stranger.headers["Location"].startswith("/admin/login/")

    other = with_permissions(client, "view_product")
    assert other.get(f"/admin/menu/table/{table.pk}/qr.svg").status_code == 404
    assert other.get(f"/admin/menu/restaurant/{table.restaurant_id}/qr-codes.pdf").status_code == 404
