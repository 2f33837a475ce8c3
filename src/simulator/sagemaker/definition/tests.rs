use super::*;
use crate::sagemaker::Parameter;

fn names(text: &str) -> Vec<String> {
    let definition = Definition::parse(text).unwrap();
    definition.steps.into_iter().map(|step| step.name).collect()
}

#[test]
fn order_by_dependency_and_reference() {
    let text = r#"{"Version": "2020-12-01", "Steps": [
        {"Name": "C", "Type": "Training", "DependsOn": ["B"]},
        {"Name": "B", "Type": "Lambda", "FunctionArn": "f",
         "Arguments": {"in": [{"Get": "Steps.A.OutputParameters['x']"}]}},
        {"Name": "A", "Type": "Callback", "SqsQueueUrl": "q"}]}"#;
    assert_eq!(names(text), ["A", "B", "C"]);
}

#[test]
fn branches_depend_on_their_condition() {
    let text = r#"{"Steps": [{"Name": "If", "Type": "Condition", "Arguments": {
        "Conditions": [], "IfSteps": [{"Name": "T", "Type": "Training"}],
        "ElseSteps": [{"Name": "F", "Type": "Fail", "DependsOn": ["Before"]}]}},
        {"Name": "Before", "Type": "Training"}]}"#;
    assert_eq!(names(text), ["If", "T", "Before", "F"]);
    let definition = Definition::parse(text).unwrap();
    let step = definition.step("F").unwrap();
    assert_eq!(step.branch, Some(("If".to_owned(), false)));
    assert_eq!(definition.step("If").unwrap().needs, BTreeSet::new());
}

#[test]
fn what_is_wrong_with_a_definition() {
    let cases = [
        (
            "[",
            "The pipeline definition is no JSON: EOF while parsing a list at line 1 column 1",
        ),
        ("{}", "The pipeline definition has no steps."),
        (
            r#"{"Steps": {}}"#,
            "Steps of the definition must be a list.",
        ),
        (
            r#"{"Steps": [1]}"#,
            "A step of the definition is no object.",
        ),
        (
            r#"{"Steps": [{}]}"#,
            "A step of the definition has no Name.",
        ),
        (r#"{"Steps": [{"Name": "A"}]}"#, "Step A has no Type."),
        (
            r#"{"Steps": [{"Name": "A", "Type": "Odd"}]}"#,
            "Step A is of a type that the simulator does not model: Odd",
        ),
        (
            r#"{"Steps": [{"Name": "A", "Type": "Callback"}]}"#,
            "Step A has no SqsQueueUrl.",
        ),
        (
            r#"{"Steps": [{"Name": "A", "Type": "Fail"}, {"Name": "A", "Type": "Fail"}]}"#,
            "There are two steps named A.",
        ),
        (
            r#"{"Steps": [{"Name": "A", "Type": "Fail", "DependsOn": ["B"]}]}"#,
            "Step A depends on B, which is not there.",
        ),
        (
            r#"{"Steps": [{"Name": "A", "Type": "Training", "DependsOn": ["B"]},
                {"Name": "B", "Type": "Training", "DependsOn": ["A"]}]}"#,
            "Steps depend on each other in a circle: A, B",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(
            Definition::parse(text).unwrap_err().message,
            message,
            "{text}"
        );
    }
}

#[test]
fn parameters() {
    let text = r#"{"Parameters": [{"Name": "n", "Type": "Integer", "DefaultValue": 3},
        {"Name": "s", "Type": "String", "EnumValues": ["a", "b"]}],
        "Steps": [{"Name": "A", "Type": "Training"}]}"#;
    let definition = Definition::parse(text).unwrap();
    let values = definition.parameters(&[Parameter::new("s", "a")]).unwrap();
    let expected = [("n", "3"), ("s", "a")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(values, BTreeMap::from(expected));
    let refused = |given: &[Parameter]| definition.parameters(given).unwrap_err().message;
    assert_eq!(refused(&[]), "Parameter s has neither value nor default.");
    assert_eq!(refused(&[Parameter::new("x", "a")]), "Unknown parameter: x");
    assert_eq!(
        refused(&[Parameter::new("s", "c")]),
        "Parameter s has no such choice: c"
    );
    assert_eq!(
        refused(&[Parameter::new("n", "many"), Parameter::new("s", "a")]),
        "Parameter n is of type Integer, and cannot be: many"
    );
}
