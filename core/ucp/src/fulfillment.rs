//! Delivery: methods, destinations, groups and their options (UCP fulfillment extension).

use serde::{Deserialize, Serialize};

use crate::address::PostalAddress;
use crate::de;
use crate::extra::Extra;
use crate::open::open_enum;
use crate::total::{Total, TotalKind};

open_enum! {
    /// How things reach the buyer.
    pub enum MethodKind {
        /// By a carrier, to an address.
        Shipping = "shipping",
        /// Fetched by the buyer.
        Pickup = "pickup",
        /// Not as a thing; of orders only.
        Digital = "digital",
    }
}

/// The `fulfillment` object; the same type is sent and read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fulfillment {
    /// Methods, each for some of the lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub methods: Vec<Method>,
    /// Hints at other ways; only read.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub available_methods: Vec<AvailableMethod>,
}

/// A way of delivery for some lines (UCP `types/fulfillment_method`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// Given by the business; absent on create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Shipping or pickup.
    #[serde(rename = "type")]
    pub kind: MethodKind,
    /// The lines it is for; absent on create means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_item_ids: Option<Vec<String>>,
    /// Where it can go.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub destinations: Vec<Destination>,
    /// Where it shall go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected_destination_id: Option<String>,
    /// Packages, made by the business.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub groups: Vec<Group>,
}

impl Method {
    /// Whether anything comes by it: a way that is only offered has no lines (UCP fulfillment, Available Methods).
    pub fn is_used(&self) -> bool {
        self.line_item_ids.as_ref().is_none_or(|lines| !lines.is_empty())
    }

    /// Shipping of all lines to this address.
    pub fn ship_to(address: PostalAddress) -> Self {
        Self {
            id: None,
            kind: MethodKind::Shipping,
            line_item_ids: None,
            destinations: vec![Destination { address, ..Destination::default() }],
            selected_destination_id: None,
            groups: Vec::new(),
        }
    }

    /// The destination that is selected.
    pub fn selected_destination(&self) -> Option<&Destination> {
        let id = self.selected_destination_id.as_deref()?;
        self.destinations.iter().find(|destination| destination.id.as_deref() == Some(id))
    }

    /// What an update sends of it: without options and lines of groups, which are the business's, and without
    /// locations, which are chosen by id.
    fn resent(&self) -> Self {
        let destinations = self.destinations.iter().filter(|destination| !destination.is_location());
        let groups = self.groups.iter().map(|group| Group {
            id: group.id.clone(),
            selected_option_id: group.selected_option_id.clone(),
            ..Group::default()
        });
        Self {
            id: self.id.clone(),
            kind: self.kind.clone(),
            line_item_ids: Some(self.line_item_ids.clone().unwrap_or_default()),
            destinations: destinations.cloned().collect(),
            selected_destination_id: self.selected_destination_id.clone(),
            groups: groups.collect(),
        }
    }
}

/// An address to ship to, or a location to fetch from (UCP `types/fulfillment_destination`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Destination {
    /// Absent on a new address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Of locations: the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of locations: the address.
    #[serde(default, rename = "address", skip_serializing_if = "Option::is_none")]
    pub location: Option<PostalAddress>,
    /// Of addresses to ship to.
    #[serde(flatten)]
    pub address: PostalAddress,
    /// Other fields.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Destination {
    /// Whether it is a location to fetch from.
    pub fn is_location(&self) -> bool {
        self.name.is_some() || self.location.is_some()
    }
}

/// A package with its options (UCP `types/fulfillment_group`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Given by the business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The lines in it; only read.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub line_item_ids: Vec<String>,
    /// What can be chosen, in the order to show it; only read.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub options: Vec<DeliveryOption>,
    /// What is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected_option_id: Option<String>,
}

/// A delivery option (UCP `types/fulfillment_option`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryOption {
    /// What `selected_option_id` refers to.
    pub id: String,
    /// Short label, sufficient by itself.
    pub title: String,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The carrier's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest_fulfillment_time: Option<String>,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_fulfillment_time: Option<String>,
    /// What it costs.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub totals: Vec<Total>,
}

impl DeliveryOption {
    /// Its price in minor units, where it is known.
    pub fn price(&self) -> Option<i64> {
        self.totals.iter().find(|total| total.kind == TotalKind::Total).map(|total| total.amount)
    }
}

/// A hint that some lines could be had otherwise (UCP `types/fulfillment_available_method`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AvailableMethod {
    /// Shipping or pickup.
    #[serde(rename = "type")]
    pub kind: MethodKind,
    /// The lines.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub line_item_ids: Vec<String>,
    /// `now`, or an ISO 8601 date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfillable_on: Option<String>,
    /// A sentence to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Fulfillment {
    /// What an update has to send of what was read (UCP checkout, Update Checkout: a full replacement).
    pub fn resent(&self) -> Self {
        Self { methods: self.methods.iter().map(Method::resent).collect(), available_methods: Vec::new() }
    }

    /// Whether every group of every method that something comes by has an option chosen that it offers, and every such
    /// method that has destinations one of them.
    pub fn is_chosen(&self) -> bool {
        self.methods.iter().filter(|method| method.is_used()).all(|method| {
            let destination = method.destinations.is_empty() || method.selected_destination().is_some();
            destination && method.groups.iter().all(|group| group.selected_option().is_some())
        })
    }

    /// Chooses a destination of a method by ids.
    pub fn select_destination(&mut self, method_id: &str, destination_id: &str) -> bool {
        let method = self.methods.iter_mut().find(|method| method.id.as_deref() == Some(method_id));
        method.map(|method| method.selected_destination_id = Some(destination_id.to_owned())).is_some()
    }

    /// Lets these lines come by this method instead of another. False, and nothing is changed, if there is no such method.
    pub fn assign(&mut self, method_id: &str, lines: &[String]) -> bool {
        if !self.methods.iter().any(|method| method.id.as_deref() == Some(method_id)) {
            return false;
        }
        for method in &mut self.methods {
            let taken = method.line_item_ids.get_or_insert_default();
            taken.retain(|line| !lines.contains(line));
            if method.id.as_deref() == Some(method_id) {
                taken.extend(lines.iter().cloned());
            }
        }
        true
    }

    /// Ships these lines to an address of their own, by a method of their own (UCP fulfillment, Split Destinations).
    pub fn split_off(&mut self, lines: &[String], address: PostalAddress) {
        for method in &mut self.methods {
            method.line_item_ids.get_or_insert_default().retain(|line| !lines.contains(line));
        }
        self.methods.retain(|method| method.kind != MethodKind::Shipping || method.is_used());
        let own = Method { line_item_ids: Some(lines.to_vec()), ..Method::ship_to(address) };
        self.methods.push(own);
    }

    /// Chooses an option of a group by ids.
    pub fn select_option(&mut self, group_id: &str, option_id: &str) -> bool {
        let mut groups = self.methods.iter_mut().flat_map(|method| &mut method.groups);
        let group = groups.find(|group| group.id.as_deref() == Some(group_id));
        group.map(|group| group.selected_option_id = Some(option_id.to_owned())).is_some()
    }
}

impl Group {
    /// The option that is chosen.
    pub fn selected_option(&self) -> Option<&DeliveryOption> {
        let id = self.selected_option_id.as_deref()?;
        self.options.iter().find(|option| option.id == id)
    }
}

/// What a business allows: config of the capability in its profile (UCP `types/merchant_fulfillment_config`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BusinessConfig {
    /// By which methods one checkout may go to several places.
    pub allows_multi_destination: MultiDestination,
    /// Which methods one checkout may use together.
    pub allows_method_combinations: Vec<Vec<MethodKind>>,
}

/// See [`BusinessConfig`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct MultiDestination {
    /// Shipping to several addresses.
    pub shipping: bool,
    /// Pickup at several locations.
    pub pickup: bool,
}
