// SPDX-License-Identifier: Apache-2.0
//! Where a test stands in the sources.

use std::any::type_name_of_val;

/// Which test it is, for the line that runs it again and for names of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    package: String,
    /// The crate: for a test in `tests/`, the name of its file.
    target: String,
    name: String,
}

impl Place {
    /// The function in `package` within which the function `here` is defined.
    /// [`system_test!`](crate::system_test) calls this.
    #[must_use]
    pub fn of<F>(package: &str, here: &F) -> Self {
        let path = type_name_of_val(here);
        let mut parts: Vec<&str> = path
            .split("::")
            .filter(|part| *part != "{{closure}}")
            .collect();
        parts.pop();
        let target = parts.first().copied().unwrap_or(package);
        let name = parts.get(1..).unwrap_or_default().join("::");
        Self {
            package: package.to_owned(),
            target: target.to_owned(),
            name,
        }
    }

    /// The test's name, as `cargo test` calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What runs this test and no other one of the package.
    pub(crate) fn command(&self) -> String {
        format!("cargo test -p {} {} -- --exact", self.package, self.name)
    }

    /// What its files are called before the ending.
    pub(crate) fn file_stem(&self) -> String {
        [&self.package, &self.target, &self.name]
            .map(|part| part.replace("::", "."))
            .join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_enclosing_function_gives_the_name() {
        fn here() {}
        let place = Place::of("a-package", &here);
        let name = "place::tests::the_enclosing_function_gives_the_name";
        assert_eq!(place.name(), name);
        let command = format!("cargo test -p a-package {name} -- --exact");
        assert_eq!(place.command(), command);
        assert_eq!(
            place.file_stem(),
            format!("a-package-sallyport_harness-{}", name.replace("::", "."))
        );
    }
}
