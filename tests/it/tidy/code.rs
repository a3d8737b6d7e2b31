//! Just enough of Rust to look at: what is code, which paths it names, where functions end.

/// The text with comments, strings and characters blanked out; lines stay where they are.
pub(super) fn code_of(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skip(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Where the comment, string or character that begins at `at` ends; `at` if none does.
fn skip(chars: &[char], at: usize) -> usize {
    let starts = |text: &str| text.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    let until = |from: usize, end: &str| {
        let end: Vec<char> = end.chars().collect();
        (from..chars.len()).find(|i| chars[*i..].starts_with(&end)).map_or(chars.len(), |i| i + end.len())
    };
    let in_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    if starts("//") {
        return until(at, "\n").saturating_sub(1).max(at);
    }
    if starts("/*") {
        return until(at + 2, "*/");
    }
    if chars[at] == 'r' && !in_word {
        let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
        if chars.get(at + 1 + hashes) == Some(&'"') {
            return until(at + 2 + hashes, &format!("\"{}", "#".repeat(hashes)));
        }
    }
    if chars[at] == '"' {
        return closing(chars, at + 1, '"');
    }
    // A character, not a lifetime: 'x' or '\…'.
    if chars[at] == '\'' && (chars.get(at + 1) == Some(&'\\') || chars.get(at + 2) == Some(&'\'')) {
        return closing(chars, at + 1, '\'');
    }
    at
}

/// After the closing quote, past escapes.
fn closing(chars: &[char], mut at: usize, quote: char) -> usize {
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// Paths from the root of the crate that code in `module` names, with their lines: `crate::a::b`,
/// `super::a`, and every leaf of `crate::{a, b::c}`.
pub(super) fn references(code: &str, module: &[String]) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for (line, text) in code.lines().enumerate().map(|(at, text)| (at + 1, text)) {
        for (start, word) in [("crate::", 0), ("super::", 1)]
            .into_iter()
            .flat_map(|(word, up)| text.match_indices(word).map(move |(at, _)| (at, up)).collect::<Vec<_>>())
        {
            let before = text[..start].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
                continue;
            }
            let mut base = if word == 0 { Vec::new() } else { module.to_vec() };
            let mut rest = &text[start..];
            while let Some(next) = rest.strip_prefix("super::") {
                base.pop();
                rest = next;
            }
            rest = rest.strip_prefix("crate::").unwrap_or(rest);
            let from = code_offset(code, line, text, rest);
            let mut paths = Vec::new();
            leaves(&code[from..], &base, &mut paths);
            found.extend(paths.into_iter().map(|path| (line, path)));
        }
    }
    found
}

/// Where `rest`, the end of line `line`, begins in the whole.
fn code_offset(code: &str, line: usize, text: &str, rest: &str) -> usize {
    let before: usize = code.split_inclusive('\n').take(line - 1).map(str::len).sum();
    before + text.len() - rest.len()
}

/// `a::b::{c, d::e}` under a base: base::a::b::c and base::a::b::d::e.
fn leaves(text: &str, base: &[String], found: &mut Vec<Vec<String>>) {
    let mut path = base.to_vec();
    let mut rest = text;
    loop {
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0_i32;
            let mut start = 0;
            for (at, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    ',' | '}' if depth == 0 => {
                        let leaf = group[start..at].trim();
                        if !leaf.is_empty() {
                            leaves(leaf, &path, found);
                        }
                        start = at + 1;
                        if c == '}' {
                            return;
                        }
                    }
                    '}' => depth -= 1,
                    _ => {}
                }
            }
            return;
        }
        let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if len == 0 {
            break;
        }
        path.push(rest[..len].to_owned());
        match rest[len..].strip_prefix("::") {
            Some(next) => rest = next,
            None => break,
        }
    }
    found.push(path);
}

/// A function and the lines from its `fn` to its last brace.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) lines: usize,
}

/// Functions outside of tests. A rough count, as an editor folds: the end is the first brace alone on
/// a line that is indented as the beginning.
pub(super) fn functions(text: &str) -> Vec<Function> {
    let mut open: Vec<(usize, Function)> = Vec::new();
    let mut done = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            break;
        }
        let indent = line.len() - line.trim_start().len();
        if line.trim() == "}" {
            while let Some((_, mut function)) = open.pop_if(|(start, _)| *start >= indent) {
                function.lines = at + 2 - function.line;
                done.push(function);
            }
        } else if let Some(name) = function_name(line.trim_start())
            && !line.trim_end().ends_with(';')
            && !line.trim_end().ends_with('}')
        {
            open.push((indent, Function { name: name.to_owned(), line: at + 1, lines: 0 }));
        }
    }
    done
}

/// The name, if a function begins on the line.
fn function_name(line: &str) -> Option<&str> {
    let mut rest = line;
    if let Some(after) = rest.strip_prefix("pub") {
        rest = after
            .strip_prefix('(')
            .and_then(|inner| inner.split_once(')'))
            .map_or(after, |(_, after)| after)
            .trim_start();
    }
    for word in ["const ", "async ", "unsafe "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let name = rest.strip_prefix("fn ")?;
    name.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

#[test]
fn code_is_told_from_text() {
    let text =
        "let a = \"crate::b\"; // crate::c\nlet d = 'x'; let e: &'static str = r#\"\"f\"\"#; /* g\nh */ i('\\'');";
    let expected =
        ["let a =            ;            ", "let d =    ; let e: &'static str =           ;     ", "     i(    );"];
    let code = code_of(text);
    for (line, expected) in code.lines().zip(expected) {
        assert_eq!(line.split_whitespace().collect::<String>(), expected.split_whitespace().collect::<String>());
    }
    assert_eq!(code.lines().count(), 3);
}

#[test]
fn paths_are_found() {
    let module: Vec<String> = ["nspi", "exec", "rows"].map(str::to_owned).to_vec();
    let code = "use crate::mapi::{Cell, value::{A, B}};\nuse super::super::view::View;\nsuper::x(crate::store::Txn::open());\n\
                use crate::{\n    a::b,\n    c,\n};\n$crate::no::no";
    let found: Vec<String> =
        references(code, &module).into_iter().map(|(line, path)| format!("{line} {}", path.join("::"))).collect();
    let expected = [
        "1 mapi::Cell",
        "1 mapi::value::A",
        "1 mapi::value::B",
        "2 nspi::view::View",
        "3 store::Txn::open",
        "3 nspi::exec::x",
        "4 a::b",
        "4 c",
    ];
    assert_eq!(found, expected);
}

#[test]
fn functions_are_measured() {
    let text = "pub(crate) fn a() {\n    b();\n}\n\nimpl C {\n    async fn d(\n        &self,\n    ) -> E {\n        if f {\n        }\n    }\n}\nfn g() {}\ntrait H {\n    fn i();\n}\n";
    let expected = [("a", 1, 3), ("d", 6, 6)];
    let expected = expected.map(|(name, line, lines)| Function { name: name.to_owned(), line, lines });
    assert_eq!(functions(text), expected);
}
