"""The connections page: states in words, checks, lists of models, and what is added, changed and removed."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from broker import checks, complete, connections, runtime
from broker.connections import Connection
from broker.providers.registry import REGISTRY
from db.connections import ProviderCheck
from db.session import open_database
from pages._connection_advice import trouble
from tests import standin_models
from tests.faults import until
from tests.standin_models import Platform, models

KEY = "sk-canary-0123456789abcdef"


@pytest.fixture(scope="module", name="server")
def _server() -> Iterator[Platform]:
    with standin_models.serving() as platform:
        yield platform


@pytest.fixture(autouse=True)
def _clean(server: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    server.lists.clear()
    server.asked.clear()
    server.go_on.clear()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(complete, "FIRST_WAIT_S", 0.01)
    for name in ("AWS_BEARER_TOKEN_BEDROCK", "DATABRICKS_TOKEN", "LM_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(name="show")
def _show(open_page, server: Platform, tmp_path, monkeypatch: pytest.MonkeyPatch):
    """`show("acme", "small")` is the page with the platform acme of the file open, which has these models."""

    def go(provider: str = "", *offers: str) -> AppTest:
        monkeypatch.setenv("ACME_API_KEY", KEY)
        rows = [f'[[offers]]\nprovider = "acme"\nmodel = "{name}"\n' for name in offers]
        acme = (
            f'[providers.acme]\nname = "Acme inference"\ndialect = "openai"\nbase_url = "{server.url}/v1"\n'
        )
        (tmp_path / "broker.toml").write_text("".join([acme, 'key_env = "ACME_API_KEY"\n', *rows]))
        page = open_page("connections.py")
        if provider:
            page.query_params["provider"] = provider
            page.run()
        return page

    return go


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption])


def headings(page: AppTest) -> list[str]:
    return [header.value.partition(" (")[0] for header in page.header]


def click(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return page.run()


def submit(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click()
    return page.run()


def fill(page: AppTest, **fields: Any) -> None:
    """Fill in text fields by their labels; of several with one label, the first."""
    for label, value in fields.items():
        next(field for field in page.text_input if field.label == label.replace("_", " ")).set_value(value)


def checked(page: AppTest) -> AppTest:
    until(lambda: not checks.running())
    return page.run()


def test_what_is_missing_is_named(show):
    page = show()
    said = words(page)
    assert "Set **ANTHROPIC\\_API\\_KEY**.] [Get a key](https://" in said
    assert "Sign in to Google Cloud; set **GOOGLE\\_CLOUD\\_PROJECT**" in said
    assert "Set the variable where the app starts, then start it again." in said
    assert not any(button.key == "check-anthropic" for button in page.button)
    assert not page.button(key="check-acme").disabled
    assert "**No platform has been checked yet:**" in said
    assert "need a key or a sign-in first" in said
    assert headings(page) == ["Not checked yet", "To be connected"]


def test_a_platform_that_answers(show):
    page = checked(click(show("", "small"), "check-acme"))
    said = words(page)
    assert "**Acme inference** :green-badge[:material/check: Answers]" in said
    assert "served by small" in said
    assert "cost unknown" in said
    assert "**1 of " in said
    assert headings(page) == ["Answering", "Not checked yet", "To be connected"]


def test_a_platform_that_refuses_says_why_and_what_to_do(show):
    page = checked(click(show("", "m401"), "check-acme"))
    said = words(page)
    assert ":red-badge[:material/error: Key refused]" in said
    assert "M401 was refused\\. Check that the key in the environment is current" in said
    assert headings(page) == ["Not answering", "Not checked yet", "To be connected"]


def test_a_long_refusal_of_several_lines_stays_one_short_line():
    said = "no access]\n\n# Ask [here](https://evil.example) " + "again and " * 100
    check = ProviderCheck(provider="openai", offer="openai/small", error_kind="forbidden", message=said)
    told = trouble(Connection(REGISTRY[1], "shipped", None, check), check)
    assert told.startswith("No access\\] \\# Ask \\[here\\]\\(https")
    assert "\n" not in told
    assert len(told) < 600


def test_all_are_checked_while_other_pages_work(show, server):
    page = show("", "slow")
    page.button[0].click()
    page.run()
    assert server.waiting.acquire(timeout=10)
    page.run()
    assert page.button[0].disabled
    assert "**Acme inference** :blue-badge[:material/sync: Checking]" in words(page)
    assert page.button(key="check-acme").disabled
    other = page.switch_page("history.py").run()
    assert "Nothing has been asked yet" in other.markdown[-1].value
    server.go_on.set()
    page = checked(page.switch_page("connections.py").run())
    assert "**Acme inference** :green-badge[:material/check: Answers]" in words(page)
    assert headings(page)[-1] == "Servers that were not found"
    assert "127\\.0\\.0\\.1\\:11434" in words(page)


def test_checks_are_stopped(show, server):
    page = click(show("", "slow"), "check-acme")
    assert server.waiting.acquire(timeout=10)
    page = submit(page.run(), "Stop")
    page = checked(page)
    assert headings(page) == ["Not checked yet", "To be connected"]


def test_a_check_that_ends_while_the_page_is_drawn_is_seen(show, server, monkeypatch):
    page = click(show("", "slow"), "check-acme")
    assert server.waiting.acquire(timeout=10)
    read = connections.connections

    def read_just_before_the_end(*args):
        found = read(*args)
        server.go_on.set()
        until(lambda: not checks.running())
        return found

    monkeypatch.setattr(connections, "connections", read_just_before_the_end)
    assert "**Acme inference** :green-badge[:material/check: Answers]" in words(page.run())


def test_the_list_of_models_beside_the_catalogue(show, server):
    server.lists["/v1/models"] = models("small", "new-1", "text-embedding-3-small")
    page = click(show("acme", "small", "retired"), "discover")
    said = words(page)
    assert "The platform lists 3 models, 1 of them not for chat. Of the 2 in the catalogue, it has 1." in said
    assert "**Not in the catalogue (1)**" in said
    assert [expander.label for expander in page.expander if "catalogue" in expander.label] == [
        "In the catalogue and in the list (1)",
        "In the catalogue, but not in this account (1)",
    ]
    page = click(page, "add-new-1")
    assert "Not in the catalogue" not in words(page)
    assert "new-1 · added here" in [expander.label.replace("\\", "") for expander in page.expander]
    assert [offer.id for offer in runtime.runtime().config.offers] == [
        "acme/new-1",
        "acme/small",
        "acme/retired",
    ]


def test_a_list_that_cannot_be_read_says_why(show):
    page = click(show("acme", "small"), "discover")
    assert page.error[0].value.startswith("There is no list of models at its address. Check the address")


def test_an_address_without_its_path_is_told_in_the_list_and_after_a_check(show, server):
    page = show()
    fill(page, Name="Team server", Address=server.url)
    page = submit(page, "Add platform")
    page = click(page, "discover")
    assert "The addresses of most servers end in /v1." in page.error[0].value
    page = checked(click(page, "check-team-server"))
    assert "**Team server** :red-badge[:material/error: No list of models]" in words(page)
    assert "The addresses of most servers end in /v1." in words(page)


def test_a_list_that_is_empty_is_not_a_list_that_is_missing(show, server):
    server.lists["/v1/models"] = models()
    said = words(checked(click(show(), "check-acme")))
    assert "It lists no model that could be asked" in said
    assert "There is no list" not in said


def test_what_a_link_is_about_comes_first(show):
    page = show("bedrock")
    names = [m.value for m in page.markdown if m.value.startswith("**") and "Bedrock" in m.value]
    assert page.markdown[1].value.startswith("**AWS Bedrock**")
    assert len(names) == 1
    page = click(click(page, "open-bedrock"), "open-bedrock")  # opened by hand, it stays where it stands
    assert not page.markdown[1].value.startswith("**AWS Bedrock**")
    assert "`scripts/setup --extra aws`" in words(page)


def test_a_long_list_is_searched(show, server):
    server.lists["/v1/models"] = models(*(f"lab-{n:03d}" for n in range(100)))
    page = click(show("acme"), "discover")
    assert "and 76 more: search to see them" in words(page)
    page.text_input(key="new-models").set_value("lab 099").run()
    assert page.button(key="add-lab-099")
    assert not any(button.key == "add-lab-000" for button in page.button)
    page.text_input(key="new-models").set_value("nothing").run()
    assert "No model matches." in words(page)


def test_a_platform_is_added_changed_and_removed(show, server, monkeypatch):
    monkeypatch.setenv("BETA_API_KEY", KEY)
    page = show()
    fill(
        page,
        Id="beta",
        Name="Beta cloud",
        Address=f"{server.url}/v1",
        Variable_that_holds_the_key="BETA_API_KEY",
    )
    page = submit(page, "Add platform")
    assert page.query_params["provider"] == "beta"
    assert "**Beta cloud**" in words(page)
    open_beta = [field for field in page.text_input if field.label == "Name" and field.value == "Beta cloud"]
    open_beta[0].set_value("Beta renamed")
    page = submit(page, "Save changes")
    assert "**Beta renamed**" in words(page)
    page = click(page, "remove-beta")
    assert "beta" not in runtime.runtime().config.providers
    assert "Removed Beta renamed." in words(page)
    page = submit(page, "Undo")
    assert runtime.runtime().config.providers["beta"].key_env == ("BETA_API_KEY",)
    assert "Removed" not in words(page)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"Id": "Beta!"}, "Id: expected an id of small letters"),
        ({"Id": "openai"}, "Id: expected an id that no other platform has"),
        ({"Id": ""}, "Name: expected what people should see"),
        ({"Id": "", "Name": "OpenAI"}, "Id: expected an id that no other platform has"),
        ({"Address": "beta.example"}, "Address: expected an address starting with http"),
        ({"Address": ""}, "Address: expected one such as https"),
        (
            {"Variable_that_holds_the_key": KEY},
            "Variable that holds the key: expected the name of an environment",
        ),
    ],
)
def test_a_wrong_platform_is_refused_with_the_reason(show, server, fields, told):
    page = show()
    fill(page, **{"Id": "beta", "Address": f"{server.url}/v1", **fields})
    page = submit(page, "Add platform")
    assert told in page.error[0].value.replace("\\", "")
    assert KEY not in page.error[0].value
    assert connections.custom_provider(open_database(), "beta") is None


def test_a_model_is_added_priced_and_removed(show):
    page = show("acme", "small")
    fill(page, Model="own-1", Price_in="1.20", Price_out="4.80")
    page = submit(page, "Add model")
    (offer,) = [offer for offer in runtime.runtime().config.offers if offer.model == "own-1"]
    assert str(offer.price.output_mtok) == "4.80"
    page = click(page, "remove-acme/own-1")
    assert "Removed acme/own\\-1." in words(page)
    assert [offer.id for offer in runtime.runtime().config.offers] == ["acme/small"]


def test_rows_of_the_file_are_read_only(show):
    page = show("acme", "small")
    assert "From broker.toml" in words(page)
    assert not any(button.label == "Save changes" for button in page.button)
    assert not any(button.key == "remove-acme" for button in page.button)


def test_a_sign_in_says_what_to_install(show):
    assert "`scripts/setup --extra aws`" in words(show("bedrock"))


def test_azure_says_that_deployments_are_added_by_name(show):
    said = words(show("azure-claude"))
    assert "your own deployments: add each as a model" in said
    assert "in the playground once it is connected." in said


def test_a_link_to_a_platform_that_is_gone(show):
    page = show("nobody")
    assert "not connected here" in page.warning[0].value


def test_the_key_is_nowhere_on_the_page(show):
    page = checked(click(show("acme", "m401"), "check-acme"))
    assert KEY not in str(page)
    assert KEY not in words(page)
