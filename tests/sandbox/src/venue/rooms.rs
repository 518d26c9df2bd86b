//! Rooms over HTTP: the page of a room and its chat's history.

use serde_json::json;

use super::words::time;
use super::{Caller, Venue};
use crate::env::Env;
use crate::http::{Request, Response};

fn no_such(what: &str) -> Response {
    Response::error(404, "not_found", &format!("there is no such {what}"))
}

impl Venue {
    pub(super) fn room_page(&self, env: &Env, id: &str) -> Result<Response, Response> {
        let room = self.rooms.get(id).ok_or_else(|| no_such("room"))?;
        Ok(Response::json(200, &json!({ "now": time(env.now_ms), "room": self.room_json(room) })))
    }

    pub(super) fn room_lines(
        &self,
        env: &Env,
        request: &Request,
        caller: &Caller,
        id: &str,
    ) -> Result<Response, Response> {
        let room = self.rooms.get(id).ok_or_else(|| no_such("room"))?;
        self.lines_page(&room.chat, request, caller, env.now_ms)
    }

    pub(super) fn group_lines(
        &self,
        env: &Env,
        request: &Request,
        caller: &Caller,
        id: &str,
    ) -> Result<Response, Response> {
        let group = self.groups.get(id).ok_or_else(|| no_such("group"))?;
        if !self.is_member(caller.signed_in()?, id) {
            return Err(Response::error(403, "members_only", "join the group to read it"));
        }
        self.lines_page(&group.chat, request, caller, env.now_ms)
    }
}
