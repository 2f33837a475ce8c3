//! Names: from the wire's to Rust's.

/// Words of a name: `enableECSManagedTags` → enable, ecs, managed, tags.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (i, &c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let previous = i.checked_sub(1).map(|i| chars[i]);
        let next = chars.get(i + 1);
        let starts = c.is_ascii_uppercase()
            && previous.is_some_and(|p| {
                p.is_ascii_lowercase()
                    || p.is_ascii_digit()
                    // the last capital of a run begins the next word: ECSManaged, but not
                    // the plural of an abbreviation: ARNs
                    || p.is_ascii_uppercase()
                        && next.is_some_and(|n| n.is_ascii_lowercase())
                        && !is_plural_s(&chars, i + 1)
            });
        if starts && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.push(c.to_ascii_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether the character at `at` is an `s` that ends a word.
fn is_plural_s(chars: &[char], at: usize) -> bool {
    chars[at] == 's' && chars.get(at + 1).is_none_or(|c| !c.is_ascii_lowercase())
}

/// A name as fields, functions and modules have it; keywords are raw identifiers.
pub(crate) fn snake(name: &str) -> String {
    let name = words(name).join("_");
    match name.as_str() {
        "self" | "super" | "crate" => format!("{name}_"),
        keyword if KEYWORDS.contains(&keyword) => format!("r#{keyword}"),
        _ => name,
    }
}

/// [`snake`] without the mark of a raw identifier, for file names.
pub(crate) fn file(name: &str) -> String {
    snake(name).trim_start_matches("r#").to_owned()
}

/// A name as enum variants have it: `FARGATE_SPOT` → `FargateSpot`, `1.0` → `V1_0`.
pub(crate) fn variant(value: &str) -> String {
    let all_upper = !value.chars().any(|c| c.is_ascii_lowercase());
    let mut name = String::new();
    let parts: Vec<String> = if all_upper {
        value
            .split(|c: char| !c.is_ascii_alphanumeric())
            .map(str::to_ascii_lowercase)
            .collect()
    } else {
        words(value)
    };
    for part in parts.iter().filter(|part| !part.is_empty()) {
        let ends_in_digit = name.ends_with(|c: char| c.is_ascii_digit());
        if ends_in_digit && part.starts_with(|c: char| c.is_ascii_digit()) {
            name.push('_');
        }
        name.push_str(&capital(part));
    }
    match name.chars().next() {
        None => "Empty".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("V{name}"),
        _ if name == "Self" => "Self_".to_owned(),
        // The open enums have a variant of this name for what they do not know.
        _ if name == "Unknown" => "UnknownValue".to_owned(),
        _ => name,
    }
}

/// First letter in upper case.
pub(crate) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    match chars.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + chars.as_str(),
        None => String::new(),
    }
}

/// The first word of a type's name: `ContainerDefinition` → `container`.
pub(crate) fn first_words(name: &str, count: usize) -> String {
    words(name)
        .into_iter()
        .take(count)
        .collect::<Vec<_>>()
        .join("_")
}

const KEYWORDS: [&str; 44] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "use", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::{snake, variant};

    #[test]
    fn fields() {
        for (wire, rust) in [
            ("taskArn", "task_arn"),
            ("enableECSManagedTags", "enable_ecs_managed_tags"),
            ("privateIpv4Address", "private_ipv4_address"),
            ("TargetGroupARNs", "target_group_arns"),
            ("type", "r#type"),
            ("s3KmsKeyId", "s3_kms_key_id"),
            ("EFSVolumeConfiguration", "efs_volume_configuration"),
            ("self", "self_"),
        ] {
            assert_eq!(snake(wire), rust);
        }
    }

    #[test]
    fn variants() {
        for (wire, rust) in [
            ("FARGATE_SPOT", "FargateSpot"),
            ("json-file", "JsonFile"),
            ("containerInsights", "ContainerInsights"),
            ("TaskFailedToStart", "TaskFailedToStart"),
            ("ml.m4.xlarge", "MlM4Xlarge"),
            ("1.0", "V1_0"),
            ("", "Empty"),
            ("S3", "S3"),
        ] {
            assert_eq!(variant(wire), rust);
        }
    }
}
