"""The badges of runs: what state one is in, and what its reader has to mind."""

from db.benchmarks import Run

ACTIVE = ("queued", "running")
BADGES = {
    "queued": ":blue-badge[:material/schedule: Waiting]",
    "running": ":blue-badge[:material/autorenew: Running]",
    "paused": ":orange-badge[:material/pause: Paused]",
    "done": ":green-badge[:material/check: Done]",
    "cancelled": ":gray-badge[:material/stop: Cancelled]",
    "budget": ":orange-badge[:material/savings: Budget reached]",
    "failed": ":red-badge[:material/error: Failed]",
}
IMPORTED = ":violet-badge[:material/upload_file: Imported]"
UNRELIABLE = ":orange-badge[:material/timer_off: Timings unreliable]"
UNTOLD = ":gray-badge[:material/timer_off: Reliability of timings unknown]"


def badges(run: Run) -> str:
    """The state of a run, whether it was made elsewhere, whether its times can be trusted."""
    marks = [BADGES[run.status]]
    marks += [IMPORTED] if run.kind == "imported" else []
    marks += [UNRELIABLE] if run.timings == "unreliable" else []
    marks += [UNTOLD] if run.timings == "unknown" and run.started_at and run.ended_at else []
    return " ".join(marks)
