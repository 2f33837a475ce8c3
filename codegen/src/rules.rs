//! Endpoint rule sets, evaluated here so that the library need not.
//!
//! The rule sets of the services that longshore knows depend on the partition and on two switches
//! only; evaluated for each of them, with the region left as a placeholder, they are a small table.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Fault;
use crate::model::{Endpoint, Partition};

/// Evaluates a rule set for every partition and variant.
pub(crate) fn endpoints(rules: &Value, partitions: &[Partition]) -> Result<Vec<Endpoint>, Fault> {
    partitions
        .iter()
        .map(|partition| {
            let host = |fips, dual_stack| {
                Evaluation {
                    partition,
                    fips,
                    dual_stack,
                }
                .host(rules)
            };
            Ok(Endpoint {
                partition: partition.name.clone(),
                plain: host(false, false)?,
                fips: host(true, false)?,
                dual_stack: host(false, true)?,
                fips_dual_stack: host(true, true)?,
            })
        })
        .collect()
}

struct Evaluation<'a> {
    partition: &'a Partition,
    fips: bool,
    dual_stack: bool,
}

type Scope = BTreeMap<String, Value>;

impl Evaluation<'_> {
    fn host(&self, rules: &Value) -> Result<String, Fault> {
        let rules = rules["rules"].as_array().cloned().unwrap_or_default();
        self.first(&rules, &Scope::new())?
            .ok_or_else(|| Fault::new(&self.partition.name, "has no endpoint rule that fits"))
    }

    /// The outcome of the first rule whose conditions hold.
    fn first(&self, rules: &[Value], scope: &Scope) -> Result<Option<String>, Fault> {
        for rule in rules {
            let mut scope = scope.clone();
            if !self.holds(rule, &mut scope)? {
                continue;
            }
            let found = match rule["type"].as_str() {
                Some("tree") => {
                    let rules = rule["rules"].as_array().cloned().unwrap_or_default();
                    self.first(&rules, &scope)?
                }
                Some("error") => Some(text(&rule["error"])),
                Some("endpoint") => Some(self.template(&text(&rule["endpoint"]["url"]))?),
                other => {
                    return Err(Fault::new(
                        "endpoint rules",
                        &format!("have a rule of type {other:?}"),
                    ));
                }
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn holds(&self, rule: &Value, scope: &mut Scope) -> Result<bool, Fault> {
        for condition in rule["conditions"].as_array().into_iter().flatten() {
            let value = self.call(condition, scope)?;
            if value.is_null() || value == Value::Bool(false) {
                return Ok(false);
            }
            if let Some(name) = condition["assign"].as_str() {
                scope.insert(name.to_owned(), value);
            }
        }
        Ok(true)
    }

    fn call(&self, call: &Value, scope: &Scope) -> Result<Value, Fault> {
        let argument = |i: usize| self.value(&call["argv"][i], scope);
        match call["fn"].as_str() {
            Some("isSet") => Ok(Value::Bool(!argument(0)?.is_null())),
            Some("not") => Ok(Value::Bool(argument(0)? != Value::Bool(true))),
            Some("booleanEquals" | "stringEquals") => Ok(Value::Bool(argument(0)? == argument(1)?)),
            Some("getAttr") => Ok(argument(0)?[text(&call["argv"][1])].clone()),
            Some("aws.partition") => Ok(serde_json::json!({
                "name": self.partition.name,
                "dnsSuffix": self.partition.dns_suffix,
                "dualStackDnsSuffix": self.partition.dual_stack_dns_suffix,
                "supportsFIPS": true,
                "supportsDualStack": true,
            })),
            other => Err(Fault::new(
                "endpoint rules",
                &format!("call the unknown function {other:?}"),
            )),
        }
    }

    fn value(&self, value: &Value, scope: &Scope) -> Result<Value, Fault> {
        if value.get("fn").is_some() {
            return self.call(value, scope);
        }
        let Some(name) = value["ref"].as_str() else {
            return Ok(value.clone());
        };
        Ok(match name {
            "Region" => Value::String("{region}".to_owned()),
            "UseFIPS" => Value::Bool(self.fips),
            "UseDualStack" => Value::Bool(self.dual_stack),
            "Endpoint" => Value::Null,
            other => scope.get(other).cloned().unwrap_or(Value::Null),
        })
    }

    /// The host of an endpoint's URL, with `{region}` left in it.
    fn template(&self, url: &str) -> Result<String, Fault> {
        let host = url.strip_prefix("https://").ok_or_else(|| {
            Fault::new(
                "endpoint rules",
                &format!("have the endpoint `{url}`, which is not https"),
            )
        })?;
        Ok(host
            .replace("{Region}", "{region}")
            .replace("{PartitionResult#dnsSuffix}", &self.partition.dns_suffix)
            .replace(
                "{PartitionResult#dualStackDnsSuffix}",
                &self.partition.dual_stack_dns_suffix,
            ))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
