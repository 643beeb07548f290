"""Sites and engines."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer, counter

if TYPE_CHECKING:
    from chalicelib.aws.engine_credentials import EngineDesk
    from chalicelib.sites.engines import EngineService
    from chalicelib.sites.service import SiteService, SitesThereAre


@cache
def sites_there_are() -> SitesThereAre:
    from chalicelib.sites.service import SitesThereAre
    from chalicelib.sites.store import SiteStore

    return SitesThereAre(SiteStore())


@cache
def sites() -> SiteService:
    from chalicelib.aws.connection import node_name
    from chalicelib.aws.functions import Functions
    from chalicelib.core.errors import Unavailable
    from chalicelib.core.log import logger
    from chalicelib.sites.service import SiteService
    from chalicelib.sites.store import SiteStore

    def prepare() -> None:
        try:
            Functions().wake_agent(node_name())
        except Unavailable as error:  # it looks every minute anyhow
            logger().warning("the agent was not woken", extra={"facts": {"why": str(error)}})

    return SiteService(SiteStore(), committer(), counter().next, prepare)


@cache
def engines() -> EngineService:
    from chalicelib.sites.engines import EngineService
    from chalicelib.sites.store import EngineStore

    return EngineService(EngineStore(), sites(), committer(), counter().next)


@cache
def engine_desk() -> EngineDesk:
    from chalicelib.aws.engine_credentials import EngineDesk

    return EngineDesk()
