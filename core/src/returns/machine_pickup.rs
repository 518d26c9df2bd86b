//! The parcel's way back: custody passes once, and the code for the courier is hidden until they are there. Pure.

use serde::{Deserialize, Serialize};

use super::wire::{Courier, PickupWire, Receipt, Slot};
use crate::ids::SlotId;
use crate::time::Timestamp;
use nightmarket_ucp::open_enum;

open_enum! {
    /// Where the parcel is.
    pub enum PickupState {
        /// Choose a slot.
        SlotsOffered = "slots_offered",
        /// A slot is kept for a while.
        SlotHeld = "slot_held",
        /// A courier will come.
        Booked = "booked",
        /// It is known who.
        CourierAssigned = "courier_assigned",
        /// They are on their way.
        EnRoute = "en_route",
        /// They are at the door: give them the code.
        Arrived = "arrived",
        /// They have it; the receipt is here.
        HandedOver = "handed_over",
        /// On its way to the shop.
        InTransit = "in_transit",
        /// The shop has it.
        Received = "received",
        /// The shop looked at it.
        Inspected = "inspected",
        /// Nobody was at home: choose again.
        CustomerNoShow = "customer_no_show",
        /// The courier did not come: choose again, at no cost, with more time.
        CourierNoShow = "courier_no_show",
        /// Turned away at the door.
        Refused = "refused",
        /// Lost after it was handed over.
        Lost = "lost",
        /// Brought to a counter instead.
        DropOff = "drop_off",
        /// The shop does not want it back.
        KeepItem = "keep_item",
    }
}

impl PickupState {
    /// Whether a courier is under way: the shopper wants to know by the minute.
    pub fn is_courier_under_way(&self) -> bool {
        matches!(self, Self::CourierAssigned | Self::EnRoute | Self::Arrived)
    }

    /// Whether a slot can be chosen, or another one.
    pub fn can_choose_slot(&self) -> bool {
        matches!(
            self,
            Self::SlotsOffered
                | Self::SlotHeld
                | Self::Booked
                | Self::CourierAssigned
                | Self::EnRoute
                | Self::CustomerNoShow
                | Self::CourierNoShow
        )
    }

    /// How far behind the door it is; none before. Only grows.
    fn beyond_the_door(&self) -> Option<u8> {
        match self {
            Self::HandedOver => Some(0),
            Self::InTransit => Some(1),
            Self::Lost => Some(2),
            // What was lost may still turn up.
            Self::Received => Some(3),
            Self::Inspected => Some(4),
            _ => None,
        }
    }
}

/// The parcel as last heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pickup {
    /// Where it is.
    pub state: PickupState,
    /// Slots that can be held or booked now.
    pub slots: Vec<Slot>,
    /// The slot held or booked.
    pub slot: Option<SlotId>,
    /// Until when a held slot is kept; shop's clock.
    pub held_until: Option<Timestamp>,
    /// Until when it must be handed over; shop's clock. Moved on when a courier does not come.
    pub deadline: Option<Timestamp>,
    /// Who comes.
    pub courier: Option<Courier>,
    /// For the courier at the door; hidden until they are there, and once they are gone.
    pub code: Option<String>,
    /// What the courier took.
    pub receipt: Option<Receipt>,
    /// Whether it left the shopper's hands.
    pub custody_passed: bool,
}

/// What a parcel cannot do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Impossible {
    /// It left the shopper's hands, and is said to be back there.
    CustodyWentBack,
    /// It was kept or inspected, and moves again.
    MovedAfterTheEnd,
    /// A courier did not come, and the shopper shall pay for another, or has less time.
    PunishedForNoShow,
}

/// The parcel as the shop says it, after what was known.
pub(crate) fn hear(known: Option<&Pickup>, said: PickupWire) -> Result<Pickup, Impossible> {
    let beyond = said.state.beyond_the_door();
    let passed = beyond.is_some() || (said.state == PickupState::DropOff && said.receipt.is_some());
    if let Some(known) = known {
        check(known, &said, passed)?;
    }
    let show_code = matches!(said.state, PickupState::Arrived | PickupState::HandedOver);
    Ok(Pickup {
        code: said.code.filter(|_| show_code),
        // A word we do not know changes nothing about who has it.
        custody_passed: passed || known.is_some_and(|known| known.custody_passed),
        // The receipt is proof: what was given is not lost by being left out later.
        receipt: said.receipt.or_else(|| known.and_then(|known| known.receipt.clone())),
        state: said.state,
        slots: said.slots,
        slot: said.slot_id,
        held_until: said.held_until,
        deadline: said.deadline,
        courier: said.courier,
    })
}

fn check(known: &Pickup, said: &PickupWire, passed: bool) -> Result<(), Impossible> {
    let unknown = matches!(said.state, PickupState::Other(_));
    if known.custody_passed && !passed && !unknown {
        // A drop-off goes on from the counter, and the shop may still say that it need not come back.
        let counter = matches!(said.state, PickupState::DropOff | PickupState::KeepItem);
        if !counter {
            return Err(Impossible::CustodyWentBack);
        }
    }
    if let (Some(was), Some(is)) = (known.state.beyond_the_door(), said.state.beyond_the_door())
        && is < was
    {
        return Err(Impossible::CustodyWentBack);
    }
    if matches!(known.state, PickupState::KeepItem | PickupState::Inspected)
        && said.state != known.state
        && !unknown
    {
        return Err(Impossible::MovedAfterTheEnd);
    }
    if said.state == PickupState::CourierNoShow {
        let costs = said.slots.iter().any(|slot| slot.fee > 0);
        let shorter = matches!((known.deadline, said.deadline), (Some(was), Some(is)) if is < was);
        if costs || shorter {
            return Err(Impossible::PunishedForNoShow);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(state: &str) -> PickupWire {
        serde_json::from_value(json!({"state": state, "slots": [], "code": "4821"})).unwrap()
    }

    #[test]
    fn the_code_is_shown_at_the_door_only() {
        let mut known = None;
        for (state, shown) in [
            ("slots_offered", false),
            ("slot_held", false),
            ("booked", false),
            ("courier_assigned", false),
            ("en_route", false),
            ("something new", false),
            ("arrived", true),
            ("handed_over", true),
            ("in_transit", false),
        ] {
            let pickup = hear(known.as_ref(), said(state)).unwrap();
            assert_eq!(pickup.code.is_some(), shown, "{state}");
            known = Some(pickup);
        }
    }

    #[test]
    fn custody_passes_once() {
        let at = |state: &str| hear(None, said(state)).unwrap();
        for (was, is, may) in [
            ("booked", "slots_offered", true),
            ("arrived", "courier_no_show", true),
            ("en_route", "in_transit", true),
            ("handed_over", "arrived", false),
            ("in_transit", "booked", false),
            ("in_transit", "handed_over", false),
            ("in_transit", "lost", true),
            ("lost", "received", true),
            ("received", "lost", false),
            ("inspected", "in_transit", false),
            ("handed_over", "teleported", true),
            ("keep_item", "booked", false),
            ("arrived", "keep_item", true),
        ] {
            assert_eq!(hear(Some(&at(was)), said(is)).is_ok(), may, "{was} to {is}");
        }
        let teleported = hear(Some(&at("handed_over")), said("teleported")).unwrap();
        assert!(teleported.custody_passed);
        assert_eq!(hear(Some(&teleported), said("booked")), Err(Impossible::CustodyWentBack));
    }

    #[test]
    fn a_courier_who_does_not_come_costs_the_shopper_nothing() {
        let offer = |deadline: &str, fee: i64| -> PickupWire {
            serde_json::from_value(json!({"state": "courier_no_show", "deadline": deadline, "slots": [
                {"id": "s", "from": deadline, "to": deadline, "unpacked": true, "fee": fee}]}))
            .unwrap()
        };
        let mut booked = hear(None, said("booked")).unwrap();
        booked.deadline = Some(offer("2026-12-01T09:00:00.000Z", 0).deadline.unwrap());
        let later = offer("2026-12-02T09:00:00.000Z", 0);
        assert!(hear(Some(&booked), later).unwrap().state.can_choose_slot());
        for bad in [offer("2026-12-02T09:00:00.000Z", 300), offer("2026-11-30T09:00:00.000Z", 0)] {
            assert_eq!(hear(Some(&booked), bad), Err(Impossible::PunishedForNoShow));
        }
    }

    #[test]
    fn a_receipt_stays() {
        let mut handed = said("handed_over");
        handed.receipt = Some(Receipt { id: "rcp_1".into(), at: Timestamp(0), items: Vec::new() });
        let known = hear(None, handed).unwrap();
        let later = hear(Some(&known), said("received")).unwrap();
        assert_eq!(later.receipt.map(|receipt| receipt.id).as_deref(), Some("rcp_1"));
    }
}
