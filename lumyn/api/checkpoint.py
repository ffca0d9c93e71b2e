"""`GET /v0/checkpoint`: what the log is now, and that it goes on from what it was."""

from base64 import b64encode
from typing import Final

from starlette.responses import JSONResponse, Response

from lumyn.api.endpoint import Call, Guard, route
from lumyn.api.parameters import invalid, read_parameters, whole_number
from lumyn.api.reading import off_loop
from lumyn.store.checkpoint import write_checkpoint
from lumyn.store.merkle import consistency_proof

__all__ = ["CHECKPOINT"]

_SIZE_MAX: Final = 2**53


async def _checkpoint(call: Call) -> Response:
    given = read_parameters(call.request, ("consistent_with",))
    former = given.get("consistent_with")
    former_size = None if former is None else whole_number("consistent_with", former, 0, _SIZE_MAX)
    gateway = call.service.gateway

    def take() -> dict[str, object]:
        checkpoint = gateway.checkpoint()
        taken: dict[str, object] = {
            "store_id": checkpoint.store_id,
            "size": checkpoint.size,
            "root": b64encode(checkpoint.root).decode(),
            "checkpoint": write_checkpoint(checkpoint).decode(),
        }
        if former_size is None:
            return taken
        if former_size > checkpoint.size:
            raise invalid("consistent_with", f"is {former_size}, and the log has {checkpoint.size} entries")
        proof = consistency_proof(gateway.archive.store.leaves, former_size, checkpoint.size)
        return {**taken, "consistency": {"size": former_size, "proof": [b64encode(one).decode() for one in proof]}}

    return JSONResponse(await off_loop(take))


CHECKPOINT: Final = route("/v0/checkpoint", _checkpoint, method="GET", guard=Guard.READ)
