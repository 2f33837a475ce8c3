//! The part of JMESPath that waiters use, compiled to Rust.
//!
//! Paths (`a.b`, `a[].b`), `length(..)`, filters (`a[?..]`), `==`, `&&`, `||`, `!`, literals in
//! backticks. The meaning of `null` and of empty lists is JMESPath's
//! (<https://jmespath.org/specification.html>): a projection drops `null`, and a path through one
//! is `null`.

use crate::Fault;
use crate::plan::{Field, Plan};
use crate::types::Type;

/// Rust for an expression, by what it yields.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// `Option<&str>`.
    Text(String),
    /// An iterator of `&str`.
    Texts(String),
    /// `bool`.
    Bool(String),
    /// A number: `Option<i64>`.
    Number(String),
}

/// Compiles an expression over a structure called `response`.
pub(crate) fn compile(plan: &Plan, structure: &str, expression: &str) -> Result<Value, Fault> {
    let fault = |why: &str| Fault::new(expression, &format!("is a waiter's path that {why}"));
    let tokens = tokens(expression).ok_or_else(|| fault("has a character of a new kind"))?;
    let mut parser = Parser { tokens, at: 0 };
    let tree = parser
        .or()
        .ok_or_else(|| fault("has a form that is not known"))?;
    if parser.at != parser.tokens.len() {
        return Err(fault("goes on where it should end"));
    }
    Compiler { plan, expression }.value(&tree, structure, "response")
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Literal(String),
    Symbol(&'static str),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    const SYMBOLS: [&str; 11] = ["[]", "[?", "]", "==", "&&", "||", "!", "(", ")", ".", ","];
    let mut tokens = Vec::new();
    let mut rest = text;
    'next: while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = &rest[1..];
            continue;
        }
        for symbol in SYMBOLS {
            if let Some(after) = rest.strip_prefix(symbol) {
                tokens.push(Token::Symbol(symbol));
                rest = after;
                continue 'next;
            }
        }
        if first == '`' {
            let (literal, after) = rest[1..].split_once('`')?;
            tokens.push(Token::Literal(literal.to_owned()));
            rest = after;
            continue;
        }
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        if end == 0 {
            return None;
        }
        tokens.push(Token::Name(rest[..end].to_owned()));
        rest = &rest[end..];
    }
    Some(tokens)
}

#[derive(Debug)]
enum Tree {
    Or(Box<Tree>, Box<Tree>),
    And(Box<Tree>, Box<Tree>),
    Not(Box<Tree>),
    Equal(Box<Tree>, Box<Tree>),
    Length(Box<Tree>),
    Literal(String),
    Path(Vec<Step>),
}

#[derive(Debug)]
struct Step {
    name: String,
    /// `[]`, or `[?..]` with a condition.
    list: Option<Option<Box<Tree>>>,
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Symbol(s)) if *s == symbol);
        self.at += usize::from(found);
        found
    }

    fn or(&mut self) -> Option<Tree> {
        let mut tree = self.and()?;
        while self.take("||") {
            tree = Tree::Or(Box::new(tree), Box::new(self.and()?));
        }
        Some(tree)
    }

    fn and(&mut self) -> Option<Tree> {
        let mut tree = self.equal()?;
        while self.take("&&") {
            tree = Tree::And(Box::new(tree), Box::new(self.equal()?));
        }
        Some(tree)
    }

    fn equal(&mut self) -> Option<Tree> {
        let tree = self.not()?;
        if self.take("==") {
            return Some(Tree::Equal(Box::new(tree), Box::new(self.not()?)));
        }
        Some(tree)
    }

    fn not(&mut self) -> Option<Tree> {
        if self.take("!") {
            return Some(Tree::Not(Box::new(self.not()?)));
        }
        if self.take("(") {
            let tree = self.or()?;
            return self.take(")").then_some(tree);
        }
        match self.tokens.get(self.at)?.clone() {
            Token::Literal(text) => {
                self.at += 1;
                Some(Tree::Literal(text))
            }
            Token::Name(name)
                if name == "length"
                    && self.tokens.get(self.at + 1) == Some(&Token::Symbol("(")) =>
            {
                self.at += 2;
                let tree = self.or()?;
                self.take(")").then(|| Tree::Length(Box::new(tree)))
            }
            Token::Name(_) => self.path(),
            Token::Symbol(_) => None,
        }
    }

    fn path(&mut self) -> Option<Tree> {
        let mut steps = Vec::new();
        loop {
            let Some(Token::Name(name)) = self.tokens.get(self.at).cloned() else {
                return None;
            };
            self.at += 1;
            let list = if self.take("[]") {
                Some(None)
            } else if self.take("[?") {
                let condition = self.or()?;
                if !self.take("]") {
                    return None;
                }
                Some(Some(Box::new(condition)))
            } else {
                None
            };
            steps.push(Step { name, list });
            if !self.take(".") {
                return Some(Tree::Path(steps));
            }
        }
    }
}

struct Compiler<'a> {
    plan: &'a Plan,
    expression: &'a str,
}

/// What a path comes to: Rust for an option or an iterator of references, and the items' type.
struct Walk {
    code: String,
    many: bool,
    kind: Type,
}

impl Compiler<'_> {
    fn fault(&self, why: &str) -> Fault {
        Fault::new(self.expression, &format!("is a waiter's path that {why}"))
    }

    fn value(&self, tree: &Tree, structure: &str, scope: &str) -> Result<Value, Fault> {
        let boolean = |tree: &Tree| match self.value(tree, structure, scope)? {
            Value::Bool(code) => Ok(code),
            _ => Err(self.fault("uses something as a condition that is none")),
        };
        Ok(match tree {
            Tree::Or(a, b) => Value::Bool(format!("({} || {})", boolean(a)?, boolean(b)?)),
            Tree::And(a, b) => Value::Bool(format!("({} && {})", boolean(a)?, boolean(b)?)),
            Tree::Not(a) => Value::Bool(format!("!{}", boolean(a)?)),
            Tree::Equal(a, b) => {
                match (
                    self.value(a, structure, scope)?,
                    self.value(b, structure, scope)?,
                ) {
                    (Value::Number(a), Value::Number(b)) | (Value::Text(a), Value::Text(b)) => {
                        Value::Bool(format!("({a} == {b})"))
                    }
                    _ => return Err(self.fault("compares different types")),
                }
            }
            Tree::Literal(text) => match text.parse::<i64>() {
                Ok(number) => Value::Number(format!("Some({number}_i64)")),
                Err(_) => Value::Text(format!("Some({:?})", text.trim_matches('"'))),
            },
            Tree::Length(inner) => {
                let Tree::Path(steps) = &**inner else {
                    return Err(self.fault("measures what is no path"));
                };
                let walk = self.walk(steps, structure, scope)?;
                let code = walk.code;
                Value::Number(match (walk.many, &walk.kind) {
                    (true, _) => format!("i64::try_from({code}.count()).ok()"),
                    (false, Type::List(_)) => {
                        format!("{code}.and_then(|list| i64::try_from(list.len()).ok())")
                    }
                    _ => return Err(self.fault("measures what is no list")),
                })
            }
            Tree::Path(steps) => {
                let Walk { code, many, kind } = self.walk(steps, structure, scope)?;
                match (many, kind) {
                    (true, Type::Enum(_) | Type::Plain("String")) => {
                        Value::Texts(format!("{code}.filter_map(text)"))
                    }
                    (false, Type::Enum(_) | Type::Plain("String")) => {
                        Value::Text(format!("{code}.and_then(text)"))
                    }
                    (false, Type::Plain("i32" | "i64")) => {
                        Value::Number(format!("{code}.map(|n| i64::from(*n))"))
                    }
                    (false, Type::Plain("bool")) => Value::Bool(format!("({code} == Some(&true))")),
                    _ => return Err(self.fault("ends in a type that is not compared")),
                }
            }
        })
    }

    fn walk(&self, steps: &[Step], structure: &str, scope: &str) -> Result<Walk, Fault> {
        let mut walk = Walk {
            code: format!("Some({scope})"),
            many: false,
            kind: Type::Structure(structure.to_owned()),
        };
        for step in steps {
            let Type::Structure(owner) = &walk.kind else {
                return Err(self.fault(&format!(
                    "looks for `{}` in what is no structure",
                    step.name
                )));
            };
            let field = self.field(owner, &step.name)?;
            let name = &field.name;
            walk.code.push_str(&match (field.optional, walk.many) {
                (false, _) => format!(".map(|v| &v.{name})"),
                (true, false) => format!(".and_then(|v| v.{name}.as_ref())"),
                (true, true) => format!(".filter_map(|v| v.{name}.as_ref())"),
            });
            walk.kind = field.kind;
            let Some(condition) = &step.list else {
                continue;
            };
            let Type::List(inner) = walk.kind else {
                return Err(self.fault(&format!("takes `{}` for a list", step.name)));
            };
            walk.code.push_str(if walk.many {
                ".flatten()"
            } else {
                ".into_iter().flatten()"
            });
            walk.many = true;
            walk.kind = *inner;
            if let Some(condition) = condition {
                let Type::Structure(item) = &walk.kind else {
                    return Err(self.fault("filters what are no structures"));
                };
                let Value::Bool(test) = self.value(condition, item, "item")? else {
                    return Err(self.fault("filters by what is no condition"));
                };
                walk.code.push_str(&format!(".filter(|item| {test})"));
            }
        }
        Ok(walk)
    }

    fn field(&self, structure: &str, wire: &str) -> Result<Field, Fault> {
        let found = self
            .plan
            .fields(structure)?
            .into_iter()
            .find(|field| field.wire == wire);
        found.ok_or_else(|| {
            self.fault(&format!(
                "names `{wire}`, which `{structure}` does not have"
            ))
        })
    }
}
