//! What is generated of a service, and where: which shapes requests reach, which are recursive,
//! which operation alone uses which shape.

use std::collections::{BTreeMap, BTreeSet};

use crate::Fault;
use crate::model::{Model, Shape};
use crate::names;
use crate::overlay::Overlay;
use crate::types::Type;

/// A service, ready to be written.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Module and file name of the service.
    pub(crate) name: String,
    /// Path of the runtime: `crate`, or `longshore` for code outside it.
    pub(crate) root: String,
    /// Path of the service's module.
    pub(crate) module: String,
    pub(crate) model: Model,
    pub(crate) overlay: Overlay,
    /// Shapes that requests reach.
    requests: BTreeSet<String>,
    /// Operations that reach a shape.
    users: BTreeMap<String, BTreeSet<String>>,
    /// Members that hold their own structure without a list or map between: they are boxed.
    boxed: BTreeSet<(String, String)>,
    /// Shapes with something required in them, at any depth.
    checked: BTreeSet<String>,
}

/// Where a shape is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Beside the one operation that uses it.
    Operation(String),
    /// Among the shared ones, in the part of the service that a subset feature has.
    SharedSubset,
    /// Among the shared ones.
    Shared,
}

/// How a member stands in its structure.
#[derive(Debug)]
pub(crate) struct Field {
    /// Name on the wire.
    pub(crate) wire: String,
    pub(crate) name: String,
    pub(crate) kind: Type,
    pub(crate) optional: bool,
    pub(crate) boxed: bool,
    pub(crate) required: bool,
    pub(crate) sensitive: bool,
    /// A timestamp that is not written as epoch seconds: the form's type.
    pub(crate) form: Option<&'static str>,
}

impl Field {
    /// The field's whole type.
    pub(crate) fn rust(&self) -> String {
        let mut text = self.kind.rust();
        if self.boxed {
            text = format!("Box<{text}>");
        }
        if self.optional {
            text = format!("Option<{text}>");
        }
        text
    }
}

/// Where the code for a service goes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Module and file name of the service.
    pub(crate) name: String,
    /// Path of the runtime: `crate`, or `longshore` for code outside it.
    pub(crate) root: String,
    /// Path of the service's module.
    pub(crate) module: String,
    /// Whether the errors of operations become types too. The library has its one `Error` for
    /// them, so that only code outside it wants these.
    pub(crate) errors: bool,
}

impl Target {
    /// A service of the library itself.
    pub(crate) fn library(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            root: "crate".to_owned(),
            module: format!("crate::{name}"),
            errors: false,
        }
    }
}

impl Plan {
    pub(crate) fn new(target: Target, mut model: Model, overlay: Overlay) -> Result<Self, Fault> {
        name_messages(&mut model)?;
        let mut plan = Self {
            name: target.name,
            root: target.root,
            module: target.module,
            requests: BTreeSet::new(),
            users: BTreeMap::new(),
            boxed: BTreeSet::new(),
            checked: BTreeSet::new(),
            model,
            overlay,
        };
        plan.reach(target.errors);
        plan.find_recursion();
        plan.find_checked();
        plan.check_names()?;
        Ok(plan)
    }

    pub(crate) fn request(&self, operation: &str) -> String {
        format!("{operation}Request")
    }

    pub(crate) fn response(&self, operation: &str) -> String {
        format!("{operation}Response")
    }

    /// Structures, unions and enums that operations reach; the shapes of errors only where the
    /// target has them.
    pub(crate) fn reached(&self) -> impl Iterator<Item = (&str, &Shape)> {
        let users = &self.users;
        (self.model.shapes.iter())
            .filter(|(name, shape)| users.contains_key(*name) && is_named(shape))
            .map(|(name, shape)| (name.as_str(), shape))
    }

    pub(crate) fn in_requests(&self, shape: &str) -> bool {
        self.requests.contains(shape)
    }

    pub(crate) fn has_checks(&self, shape: &str) -> bool {
        self.checked.contains(shape)
    }

    pub(crate) fn place(&self, shape: &str) -> Place {
        let Some(users) = self.users.get(shape) else {
            return Place::Shared;
        };
        let subset = |operation: &String| self.is_subset_operation(operation);
        match users.iter().next() {
            Some(only) if users.len() == 1 => Place::Operation(only.clone()),
            _ if users.iter().any(subset) => Place::SharedSubset,
            _ => Place::Shared,
        }
    }

    pub(crate) fn is_subset_operation(&self, operation: &str) -> bool {
        (self.overlay.subset.as_ref()).is_some_and(|s| s.operations.iter().any(|o| o == operation))
    }

    /// The fields of a structure, in the model's order with the required ones first.
    pub(crate) fn fields(&self, name: &str) -> Result<Vec<Field>, Fault> {
        let shape = self.model.shape(name)?;
        let mut fields = Vec::new();
        for (wire, member) in &shape.members {
            let kind = Type::of(&self.model, &member.shape)?;
            // A token is filled in where unset, so it is never missing.
            let required = shape.required.contains(wire) && !member.idempotency_token;
            let in_request = self.in_requests(name);
            let always = self.overlay.is_always(name, wire);
            if always && in_request {
                return Err(Fault::new(
                    &format!("{name}.{wire}"),
                    "is always sent, says the overlay, but requests have this shape too",
                ));
            }
            let target = self.model.shape(&member.shape)?;
            let format = member
                .timestamp_format
                .as_ref()
                .or(target.timestamp_format.as_ref());
            let form = match (target.kind.as_str(), format.map(String::as_str)) {
                ("timestamp", Some("iso8601")) => Some("Rfc3339"),
                ("timestamp", Some("rfc822")) => Some("HttpDate"),
                ("timestamp", None | Some("unixTimestamp")) | (_, None) => None,
                (_, Some(other)) => {
                    let why = format!("has the unknown timestamp format `{other}`");
                    return Err(Fault::new(&format!("{name}.{wire}"), &why));
                }
            };
            fields.push(Field {
                wire: wire.clone(),
                name: names::snake(wire),
                optional: !(required || always || kind.is_collection() && !in_request),
                boxed: self.boxed.contains(&(name.to_owned(), wire.clone())),
                sensitive: self.is_sensitive(&member.shape),
                kind,
                required,
                form,
            });
        }
        fields.sort_by_key(|field| !field.required);
        let mut seen = BTreeSet::new();
        for field in &fields {
            if !seen.insert(&field.name) {
                let why = format!("has two members that are `{}` in Rust", field.name);
                return Err(Fault::new(name, &why));
            }
        }
        Ok(fields)
    }

    fn is_sensitive(&self, shape: &str) -> bool {
        self.model.shapes.get(shape).is_some_and(|shape| {
            shape.sensitive
                || shape
                    .member
                    .as_ref()
                    .is_some_and(|member| self.is_sensitive(&member.shape))
        })
    }

    /// The member that carries an idempotency token, of a request.
    pub(crate) fn token(&self, request: &str) -> Option<&str> {
        let shape = self.model.shapes.get(request)?;
        let found = shape
            .members
            .iter()
            .find(|(_, member)| member.idempotency_token);
        found.map(|(wire, _)| wire.as_str())
    }

    fn reach(&mut self, errors: bool) {
        let operations: Vec<String> = self.model.operations.keys().cloned().collect();
        for operation in operations {
            let mut roots = vec![
                (self.request(&operation), true),
                (self.response(&operation), false),
            ];
            if errors {
                let errors = &self.model.operations[&operation].errors;
                roots.extend(errors.iter().map(|error| (error.shape.clone(), false)));
            }
            for (root, request) in roots {
                let mut waiting = vec![root];
                let mut seen = BTreeSet::new();
                while let Some(name) = waiting.pop() {
                    if !seen.insert(name.clone()) {
                        continue;
                    }
                    self.users
                        .entry(name.clone())
                        .or_default()
                        .insert(operation.clone());
                    if request {
                        self.requests.insert(name.clone());
                    }
                    if let Some(shape) = self.model.shapes.get(&name) {
                        waiting.extend(referred(shape).map(str::to_owned));
                    }
                }
            }
        }
    }

    fn find_recursion(&mut self) {
        let direct = |name: &str| -> Vec<(String, String)> {
            let shape = &self.model.shapes[name];
            let structures = shape.members.iter().filter(|(_, member)| {
                self.model
                    .shapes
                    .get(&member.shape)
                    .is_some_and(|s| s.kind == "structure")
            });
            structures
                .map(|(wire, member)| (wire.clone(), member.shape.clone()))
                .collect()
        };
        let mut boxed = BTreeSet::new();
        for name in self.model.shapes.keys() {
            for (wire, target) in direct(name) {
                let mut waiting = vec![target];
                let mut seen = BTreeSet::new();
                while let Some(next) = waiting.pop() {
                    if next == *name {
                        boxed.insert((name.clone(), wire.clone()));
                        break;
                    }
                    if seen.insert(next.clone()) {
                        waiting.extend(direct(&next).into_iter().map(|(_, target)| target));
                    }
                }
            }
        }
        self.boxed = boxed;
    }

    /// Shapes of requests that have something required in them, themselves or further in.
    fn find_checked(&mut self) {
        loop {
            let before = self.checked.len();
            for name in &self.requests {
                let Some(shape) = self.model.shapes.get(name) else {
                    continue;
                };
                if !shape.required.is_empty()
                    || referred(shape).any(|inner| self.checked.contains(inner))
                {
                    self.checked.insert(name.clone());
                }
            }
            if self.checked.len() == before {
                return;
            }
        }
    }

    /// Names that are the same in Rust though not on the wire.
    fn check_names(&self) -> Result<(), Fault> {
        let mut files = BTreeMap::new();
        for name in self.model.operations.keys() {
            if let Some(other) = files.insert(names::snake(name), name) {
                return Err(Fault::new(
                    name,
                    &format!("has the same name in Rust as `{other}`"),
                ));
            }
        }
        for (name, shape) in &self.model.shapes {
            if is_named(shape)
                && ["Client", "Error", "Option", "String", "Vec", "Box"].contains(&name.as_str())
            {
                let why = "has a name that the generated code uses otherwise";
                return Err(Fault::new(name, why));
            }
        }
        Ok(())
    }
}

/// Whether a shape becomes a type of its own.
pub(crate) fn is_named(shape: &Shape) -> bool {
    shape.kind == "structure" && !shape.document || !shape.values.is_empty()
}

fn referred(shape: &Shape) -> impl Iterator<Item = &str> {
    let inner = [&shape.member, &shape.value];
    (shape.members.values())
        .chain(inner.into_iter().flatten())
        .map(|member| member.shape.as_str())
}

/// Names every operation's input and output `{Operation}Request` and `{Operation}Response`.
///
/// A shape that is an input or output and nothing else is renamed; one that is used elsewhere too
/// is copied; a missing one is made.
fn name_messages(model: &mut Model) -> Result<(), Fault> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for shape in model.shapes.values() {
        for name in referred(shape) {
            *uses.entry(name.to_owned()).or_default() += 1;
        }
    }
    for operation in model.operations.values() {
        for reference in operation.input.iter().chain(&operation.output) {
            *uses.entry(reference.shape.clone()).or_default() += 1;
        }
    }
    let operations: Vec<String> = model.operations.keys().cloned().collect();
    for name in operations {
        let operation = &model.operations[&name];
        let (input, output) = (operation.input.clone(), operation.output.clone());
        for (reference, suffix) in [(input, "Request"), (output, "Response")] {
            let wanted = format!("{name}{suffix}");
            let shape = match &reference {
                None => Shape {
                    kind: "structure".to_owned(),
                    ..Shape::default()
                },
                Some(reference) if reference.shape == wanted => continue,
                Some(reference) => model.shape(&reference.shape)?.clone(),
            };
            if model.shapes.contains_key(&wanted) {
                let why = "is the name of an operation's message and of another shape";
                return Err(Fault::new(&wanted, why));
            }
            if let Some(reference) = reference
                && uses.get(&reference.shape) == Some(&1)
            {
                model.shapes.remove(&reference.shape);
            }
            model.shapes.insert(wanted, shape);
        }
    }
    Ok(())
}
