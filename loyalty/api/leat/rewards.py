"""Rewards: listed, looked at, changed. Buying and collecting them: reward_receptions.py, collectables.py."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from loyalty.api.auth import Bearer
from loyalty.api.fields import LARGEST, LongText, OpenPayload, Payload, Sent, Text
from loyalty.api.leat.answers import Answer, answer
from loyalty.api.leat.finding import fields_named, find, find_member, find_shop, pick_attributes
from loyalty.api.leat.showing import shown_reward
from loyalty.dialects.leat.codes import Code
from loyalty.dialects.leat.rewards import RewardObject, reward_object
from loyalty.models import Reward, find_programme
from loyalty.setting_up import RewardChanges, change_reward

router = Router(tags=["Rewards"], auth=Bearer("offers"))
FIELDS = {"required_points": "required_credits"}


class AskedRewards(Payload):
    """For whom and where."""

    shop_uuid: Text | None = None
    contact_uuid: Text | None = None


class ChangedReward(OpenPayload):
    """What to change: these, and any custom attribute beside them. Clients send back what they read: the rest is ignored."""

    title: Text | None = None
    description: LongText | None = None
    required_credits: int | None = Field(None, ge=1, le=LARGEST)


@router.get("/rewards", response=Answer[list[RewardObject]])
def list_rewards(request: HttpRequest, asked: Query[AskedRewards]) -> HttpResponse:
    """Return all rewards, or those that a contact may still have (whatever their balance); cheapest first."""
    if asked.shop_uuid:
        find_shop(asked.shop_uuid)
    rewards = Reward.objects.order_by("required_points", "pk")
    if asked.contact_uuid:
        rewards = Reward.objects.claimable(find_member(asked.contact_uuid))
    programme = find_programme()
    return answer([reward_object(shown_reward(reward, programme)) for reward in rewards])


@router.get("/rewards/{uuid}", response=Answer[RewardObject])
def show_reward(request: HttpRequest, uuid: str) -> HttpResponse:
    """Return one reward."""
    return answer(_shown(find(Reward.objects.all(), uuid, Code.UNKNOWN_REWARD)))


@router.put("/rewards/{uuid}", response=Answer[RewardObject])
def update_reward(request: HttpRequest, uuid: str, changes: Sent[ChangedReward]) -> HttpResponse:
    """Change a reward; what was bought before keeps its title and its discount."""
    reward = find(Reward.objects.all(), uuid, Code.UNKNOWN_REWARD)
    wanted = RewardChanges(
        title=changes.title,
        description=changes.description,
        points=changes.required_credits,
        attributes=pick_attributes("reward", changes.model_extra),
    )
    with fields_named(FIELDS):
        change_reward(reward, wanted, now=timezone.now())
    return answer(_shown(reward))


def _shown(reward: Reward) -> dict[str, Any]:
    return reward_object(shown_reward(reward, find_programme()))
