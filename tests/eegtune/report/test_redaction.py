import pytest

from eegtune.report.redaction import HIDDEN, is_secret_name, redacted, redacted_words, secrets_of

SECRET = "planted-4f9a-b<&>"


def test_values_of_secret_variables_are_secrets_and_others_are_not():
    environment = {
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "WANDB_API_KEY": "0123456789abcdef",
        "DB_PASSWORD": "hunter2!",
        "HOME": "/home/somebody",
        "GIT_AUTHOR_NAME": "Somebody Else",
        "SSH_AUTH_SOCK": "/run/agent.sock",
        "MY_TOKEN": "abc",  # too short to be told from other text
        "LANG": "en_US.UTF-8",
    }
    assert set(secrets_of(environment)) == {SECRET, "0123456789abcdef", "hunter2!"}


def test_longer_secrets_go_first():
    assert secrets_of({"A_TOKEN": "abcdef", "B_TOKEN": "abcdefghi"}) == ("abcdefghi", "abcdef")


def test_a_secret_is_hidden_plain_and_in_html():
    page = "x planted-4f9a-b&lt;&amp;&gt; y planted-4f9a-b<&> z"
    assert redacted(page, (SECRET,)) == f"x {HIDDEN} y {HIDDEN} z"


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "hf_abcdefghijklmnopqrstuvwxyz",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefgh",
    ],
)
def test_known_forms_are_hidden(text):
    assert redacted(f"key {text} end") == f"key {HIDDEN} end"


def test_users_in_addresses_are_hidden():
    assert redacted("s3://me:pw@host/x") == f"s3://{HIDDEN}@host/x"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "--api-key=abc"], ("run", f"--api-key={HIDDEN}")),
        (["--token", "abc", "x"], ("--token", HIDDEN, "x")),
        (["--set", "spec.env.DB_PASSWORD=abc"], ("--set", f"spec.env.DB_PASSWORD={HIDDEN}")),
        (["--dir", "runs/x", "--seeds=5"], ("--dir", "runs/x", "--seeds=5")),
    ],
)
def test_arguments_of_secret_names_are_hidden(words, expected):
    assert redacted_words(words) == expected


@pytest.mark.parametrize("name", ["num_heads", "author", "keyboard", "monkey_count", "stokens"])
def test_ordinary_names_are_not_secret(name):
    assert is_secret_name(name) is (name == "stokens")
