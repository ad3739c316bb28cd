"""Regions, and where their services are."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final, NamedTuple

REGIONS: Final = (
    *("cn-north-1", "cn-north-2", "cn-north-4", "cn-north-9", "cn-east-2", "cn-east-3", "cn-east-4", "cn-east-5"),
    *("cn-south-1", "cn-southwest-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4"),
    *("la-south-2", "la-north-2", "sa-brazil-1", "na-mexico-1", "af-south-1", "af-north-1", "ru-northwest-2"),
    *("ru-moscow-1", "tr-west-1", "me-east-1", "ae-ad-1", "eu-west-0", "eu-west-101", "my-kualalumpur-1"),
)
# In a realm of its own, which the others' IAM and STS know nothing of.
_EUROPEAN: Final = frozenset({"eu-west-101"})
_WITHOUT_IAM: Final = frozenset({"ru-northwest-2", "af-north-1"})
_WITH_STS: Final = frozenset(
    {
        *("cn-north-4", "cn-south-1", "cn-east-3", "cn-southwest-2", "tr-west-1", "sa-brazil-1", "la-south-2"),
        *("ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "af-south-1"),
        *_EUROPEAN,
    }
)


class Addresses(NamedTuple):
    """Where the services of a region are.

    :param dli: Data Lake Insight.
    :param iam: Identity and Access Management.
    :param sts: the Security Token Service.
    """

    dli: str
    iam: str
    sts: str


def addresses_of(region: str) -> Addresses:
    """Return where the services of a region are.

    A region that has no IAM of its own uses the one of all regions; one that has no STS, that of ``cn-north-4``.

    :param region: the region, as in ``cn-north-4``.
    :raises ValueError: when there is no such region; names those that are spelled alike.
    """
    if region not in REGIONS:
        raise ValueError(_unknown(region))
    realm = "myhuaweicloud.eu" if region in _EUROPEAN else "myhuaweicloud.com"
    return Addresses(
        dli=f"https://dli.{region}.{realm}",
        iam=f"https://iam.{realm}" if region in _WITHOUT_IAM else f"https://iam.{region}.{realm}",
        sts=f"https://sts.{region if region in _WITH_STS else 'cn-north-4'}.{realm}",
    )


def _unknown(region: str) -> str:
    close = get_close_matches(region.lower(), REGIONS, n=3, cutoff=0.75)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(sorted(REGIONS))}."
    return f"DLI has no region {region!r}; {hint} For another cloud, give endpoint and iam_endpoint."
