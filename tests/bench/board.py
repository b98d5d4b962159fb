"""The app with two more addresses, by which a benchmark does what the board of a room does in the same process."""

from __future__ import annotations

import asyncio
import time

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from adder.presets import preset
from adder.rooms import events
from adder.ui import room_service, server
from adder.ui.phones import routes as phones
from adder.ui.stage import routes as stage
from tests.serving import ROOT


async def _open(_: Request) -> JSONResponse:
    key = await asyncio.to_thread(room_service.get().open, preset("two-digits"))
    return JSONResponse({"code": key.code, "secret": key.secret})


async def _tell(request: Request) -> JSONResponse:
    given = request.query_params
    event = events.read((await request.body()).decode())
    began = time.time()
    room = await asyncio.to_thread(room_service.get().tell, given["code"], event, secret=given["secret"])
    return JSONResponse({"began": began, "version": room.version})


_routes = [Route("/open", _open, methods=["POST"]), Route("/tell", _tell, methods=["POST"])]
app = st.App(
    str(ROOT / "app.py"),
    routes=[*_routes, *stage.routes(), *phones.routes()],
    lifespan=server.lifespan,
    middleware=server.MIDDLEWARE,
)
