"""The domains that users log in to: there is one, the cluster's own."""

from __future__ import annotations

from chalicelib.core.paging import page
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, PagedQuery, Struct, paged, paged_answer

from .foreign import LOCAL_DOMAIN, LOCAL_DOMAIN_ID


class DomainSummary(Struct):
    domain_id: int = LOCAL_DOMAIN_ID
    domain_name: str = LOCAL_DOMAIN


@endpoint("GET", "/api/v1/domains", query=PagedQuery, returns=Paged[DomainSummary])
def list_domains(call: Call[None]) -> Paged[DomainSummary]:
    return paged_answer(page([DomainSummary()], paged(call.query)), lambda one: one)
