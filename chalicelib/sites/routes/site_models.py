"""What the API of sites takes and answers."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.web.shapes import (
    ApiDate,
    Dirty,
    NotYet,
    PagedQuery,
    ReadOver,
    Struct,
)


class SiteModel(Struct):
    """A site as pick lists show it."""

    active: bool
    site_id: int
    site_name: str


class SitesQuery(Struct):
    include_inactive: bool = False


class SiteBasicModel(Struct):
    """A site as its page shows it. `heartbeatInterval` is the engines' callback in seconds."""

    site_id: int
    site_name: str
    active: bool
    heartbeat_interval: int
    processing_location: str
    system_site: bool
    site_connector_id: int | None
    secret_count: int = 0
    enable_cred_ssp_for_win_rm: bool | None = None
    enable_rdp_proxy: bool = False
    enable_ssh_proxy: bool = False
    jump_box_available_port_range: str = ""
    powershell_secret_id: int | None = None
    rdp_proxy_port: int | None = None
    rdp_proxy_port_inherited: bool = True
    ssh_proxy_port: int | None = None
    ssh_proxy_port_inherited: bool = True
    win_rm_end_point_url: str = ""


class SiteSummaryModel(Struct):
    """A site and how its engines are."""

    active: bool
    is_local: bool
    last_activity: ApiDate | None
    offline_engine_count: int
    online_engine_count: int
    site_id: int
    site_name: str
    num_engines_missing_net_framework: int = 0
    num_engines_without_ability_to_restart_service: int = 0
    show_engine_version_update_blocklist_banner_message: bool = False
    site_metrics: Sequence[str] = ()


class SiteSummaryQuery(PagedQuery):
    """Of sites no metrics are kept: `siteMetrics` is empty, whatever is asked."""

    include_inactive: bool = False
    site_id: int | None = None
    site_name: str = ""
    include_site_metrics: ReadOver | None = None
    only_include_sites_that_can_add_new_engines: bool = False


class SiteCreateModel(Struct):
    """Without `heartbeatInterval` its engines call as often as the settings say.

    Its connector is made with it, whichever is named; ports and addresses of what is not enabled
    do nothing.
    """

    site_name: str
    active: bool = True
    heartbeat_interval: int | None = None
    enable_cred_ssp_for_win_rm: NotYet | None = None
    enable_rdp_proxy: NotYet | None = None
    enable_ssh_proxy: NotYet | None = None
    powershell_secret_id: NotYet | None = None
    rdp_proxy_port: ReadOver | None = None
    site_connector_id: ReadOver | None = None
    ssh_proxy_port: ReadOver | None = None
    win_rm_end_point_url: ReadOver | None = None


class SiteCreateArgs(Struct):
    data: SiteCreateModel


class SiteUpdateModel(Struct):
    site_name: Dirty[str] | None = None
    active: Dirty[bool] | None = None
    heartbeat_interval: Dirty[int] | None = None
    processing_location: Dirty[str] | None = None
    site_connector_id: Dirty[int] | None = None
    enable_cred_ssp_for_win_rm: NotYet | None = None
    enable_rdp_proxy: NotYet | None = None
    enable_ssh_proxy: NotYet | None = None
    powershell_secret_id: NotYet | None = None
    rdp_proxy_port: NotYet | None = None
    ssh_cipher_suite: NotYet | None = None
    ssh_proxy_port: NotYet | None = None
    win_rm_end_point_url: NotYet | None = None


class SiteUpdateArgs(Struct):
    data: SiteUpdateModel
