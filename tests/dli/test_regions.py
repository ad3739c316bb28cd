from __future__ import annotations

import pytest

from airflow_provider_dli.dli.regions import REGIONS, Addresses, addresses_of


def test_there_are_28() -> None:
    assert len(REGIONS) == len(set(REGIONS)) == 28


@pytest.mark.parametrize("region", REGIONS)
def test_all_are_addressed_in_one_way(region: str) -> None:
    realm = "eu" if region == "eu-west-101" else "com"
    addresses = addresses_of(region)
    assert addresses.dli == f"https://dli.{region}.myhuaweicloud.{realm}"
    assert {each.rpartition(".")[2] for each in addresses} == {realm}


@pytest.mark.parametrize(
    ("region", "iam", "sts"),
    [
        ("cn-north-4", "iam.cn-north-4.myhuaweicloud.com", "sts.cn-north-4.myhuaweicloud.com"),
        ("eu-west-101", "iam.eu-west-101.myhuaweicloud.eu", "sts.eu-west-101.myhuaweicloud.eu"),
        ("ru-northwest-2", "iam.myhuaweicloud.com", "sts.cn-north-4.myhuaweicloud.com"),
        ("af-north-1", "iam.myhuaweicloud.com", "sts.cn-north-4.myhuaweicloud.com"),
        ("ap-southeast-3", "iam.ap-southeast-3.myhuaweicloud.com", "sts.ap-southeast-3.myhuaweicloud.com"),
        ("eu-west-0", "iam.eu-west-0.myhuaweicloud.com", "sts.cn-north-4.myhuaweicloud.com"),
    ],
)
def test_where_identities_are_known(region: str, iam: str, sts: str) -> None:
    assert addresses_of(region) == Addresses(addresses_of(region).dli, f"https://{iam}", f"https://{sts}")


@pytest.mark.parametrize(
    ("region", "told"),
    [
        ("cn-nort-4", "did you mean cn-north-4"),
        ("CN-North-4", "did you mean cn-north-4"),
        ("ap-southeast1", "did you mean ap-southeast-1"),
        ("mars", "there are ae-ad-1, af-north-1"),
        ("", "there are ae-ad-1"),
    ],
)
def test_an_unknown_one_is_likely_misspelled(region: str, told: str) -> None:
    with pytest.raises(ValueError, match="DLI has no region") as caught:
        addresses_of(region)
    assert f"DLI has no region {region!r}; {told}" in str(caught.value)
    assert str(caught.value).endswith("For another cloud, give endpoint and iam_endpoint.")
