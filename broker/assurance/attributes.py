"""What may be told about a platform: one row an attribute, in the order of pages and exports."""

from dataclasses import dataclass
from typing import Literal

Group = Literal["attestations", "data handling", "residency", "contract", "controls", "commercial"]
Kind = Literal["yes/no", "days", "months", "percent", "text", "list"]

NUMBERS: frozenset[Kind] = frozenset({"days", "months", "percent"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that is asked of every platform.

    `kind` is the shape of its value, for numbers their unit; the items of a list stand between semicolons.
    `wanted` is the answer that satisfies a must-have.
    """

    id: str
    group: Group
    name: str
    sentence: str
    kind: Kind = "yes/no"
    wanted: Literal["yes", "no"] = "yes"


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(
        "soc2_type2",
        "attestations",
        "SOC 2 Type II",
        "An auditor has tested its security controls over a period of months.",
    ),
    Attribute("iso_27001", "attestations", "ISO 27001", "Its information security management is certified."),
    Attribute(
        "iso_27018",
        "attestations",
        "ISO 27018",
        "Its protection of personal data in the public cloud is certified.",
    ),
    Attribute(
        "iso_42001", "attestations", "ISO 42001", "Its management of artificial intelligence is certified."
    ),
    Attribute(
        "fedramp", "attestations", "FedRAMP", "The level at which US federal agencies may use it.", "text"
    ),
    Attribute(
        "other_compliance", "attestations", "Other attestations", "Further schemes that it names.", "list"
    ),
    Attribute(
        "trains_on_customer_data_default",
        "data handling",
        "Trains on our data",
        "Models are trained on what paying customers send, unless they object.",
        wanted="no",
    ),
    Attribute(
        "free_tier_training",
        "data handling",
        "Trains on the free tier",
        "Models are trained on what is sent without paying.",
        wanted="no",
    ),
    Attribute(
        "zdr_option",
        "data handling",
        "Zero data retention",
        "Prompts and answers can be processed without being stored.",
    ),
    Attribute(
        "prompt_retention_default",
        "data handling",
        "Prompt retention",
        "How long prompts and answers are stored where nothing else is agreed.",
        "days",
    ),
    Attribute(
        "prompts_stored_by_default",
        "data handling",
        "Stores prompts",
        "Prompts and answers are stored where nothing else is agreed.",
        wanted="no",
    ),
    Attribute(
        "data_sent_to_model_maker",
        "data handling",
        "Maker sees our data",
        "What we send reaches the maker of the model.",
        wanted="no",
    ),
    Attribute(
        "eu_data_residency",
        "residency",
        "EU processing",
        "An account set up for it is served and stored within the European Union.",
    ),
    Attribute(
        "data_residency_at_rest",
        "residency",
        "Residency at rest",
        "What is stored stays in the region that the account chose.",
    ),
    Attribute(
        "other_residency", "residency", "Other regions", "Further regions that an account may choose.", "list"
    ),
    Attribute("hosting_location", "residency", "Hosting", "Where it runs.", "text"),
    Attribute("hosting_default", "residency", "Default region", "Where it runs unless one chooses.", "text"),
    Attribute(
        "eu_data_zone_countries",
        "residency",
        "Countries of the EU zone",
        "The countries that its European zone spans.",
        "list",
    ),
    Attribute(
        "gdpr_dpa",
        "contract",
        "Data processing agreement",
        "It signs the agreement on processing personal data that the GDPR requires.",
    ),
    Attribute(
        "hipaa_baa",
        "contract",
        "HIPAA BAA",
        "It signs the business associate agreement that US health data requires.",
    ),
    Attribute(
        "ip_indemnity",
        "contract",
        "IP indemnity",
        "It defends customers whose outputs are said to infringe rights.",
    ),
    Attribute("contract_entity", "contract", "Contract party", "The company that signs.", "text"),
    Attribute("licence", "contract", "Licence of the weights", "On what terms weights may be run.", "text"),
    Attribute(
        "deprecation_notice",
        "contract",
        "Retirement notice",
        "How long before the end of a generally available model it says so.",
        "days",
    ),
    Attribute(
        "model_minimum_lifetime",
        "contract",
        "Minimum lifetime",
        "How long a model stays at least once it is generally available.",
        "months",
    ),
    Attribute(
        "uptime_sla", "contract", "Uptime promised", "Monthly availability promised by contract.", "percent"
    ),
    Attribute("sso", "controls", "Single sign-on", "Staff sign in with the organisation's own accounts."),
    Attribute("audit_logs", "controls", "Audit logs", "What people and keys did can be read afterwards."),
    Attribute("cmek", "controls", "Customer keys", "What is stored is encrypted with keys of the customer."),
    Attribute(
        "private_networking",
        "controls",
        "Private networking",
        "It can be reached without the public internet.",
    ),
    Attribute(
        "batch_discount", "commercial", "Batch discount", "Off the price of calls that may wait.", "percent"
    ),
    Attribute(
        "regional_price_uplift",
        "commercial",
        "Regional uplift",
        "On top of the price where a region is chosen.",
        "percent",
    ),
    Attribute(
        "committed_use_option",
        "commercial",
        "Committed use",
        "Capacity can be reserved, or a lower price be had for a commitment.",
    ),
    Attribute("model_makers", "commercial", "Makers sold", "Whose models it sells.", "list"),
)
ATTRIBUTE = {attribute.id: attribute for attribute in ATTRIBUTES}
