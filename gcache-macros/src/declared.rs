//! `group!(pub Article(id: u64), index(author: u64), index(author, year: u16))`: a model that no row fills.

use crate::derive::{Index, Model, Part, check_parts, compound_index};
use crate::errors::{Errors, did_you_mean};
use crate::function::{Fleeting, fleeting};
use crate::group::all_of;
use crate::sharing::Sharing;
use proc_macro2::Ident;
use syn::parse::{Parse as _, ParseStream};
use syn::{Attribute, Path, Token, Type, Visibility, parenthesized, token};

/// The fields of a group that is no model, as written.
pub(crate) struct Fields {
    /// Of how many the key is made: the first ones.
    key: usize,
    all: Vec<Field>,
    /// The names of each index.
    indexes: Vec<Vec<Ident>>,
}

/// `author: u64`
struct Field {
    name: Ident,
    ty: Type,
}

impl Fields {
    /// `(id: u64)`, behind the name of the group.
    pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let content;
        let paren = parenthesized!(content in input);
        let fields = all_of(&content, Field::parse_of_key)?;
        if fields.is_empty() {
            let message = "name what tells its members apart, as in `(id: u64)`, or leave the parentheses out";
            return Err(syn::Error::new(paren.span.join(), message));
        }
        if let Some(twice) = repeated(fields.iter().map(|field| &field.name)) {
            return Err(syn::Error::new(twice.span(), format!("`{twice}` is given twice")));
        }
        Ok(Self { key: fields.len(), all: fields, indexes: Vec::new() })
    }

    /// Whether an index comes next.
    pub(crate) fn is_index(input: ParseStream<'_>) -> bool {
        let fork = input.fork();
        fork.parse::<Ident>().is_ok_and(|word| word == "index") && fork.peek(token::Paren)
    }

    /// `index(author, year: u16)`
    pub(crate) fn parse_index(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let word: Ident = input.parse()?;
        let content;
        parenthesized!(content in input);
        let items = all_of(&content, |input| {
            let name = input.parse::<Ident>()?;
            let colon = input.parse::<Option<Token![:]>>()?;
            Ok((name, colon.map(|_| kept_type(input)).transpose()?))
        })?;
        if items.is_empty() {
            let message = "name the fields, as in `index(author: u64)`";
            return Err(syn::Error::new(word.span(), message));
        }
        let names = items.iter().map(|(name, _)| name.clone()).collect();
        for (name, ty) in items {
            self.add(name, ty)?;
        }
        self.indexes.push(names);
        Ok(())
    }

    /// A field of an index. The first time that one is named it has a type.
    fn add(&mut self, name: Ident, ty: Option<Type>) -> syn::Result<()> {
        let known = self.all.iter().any(|field| field.name == name);
        match ty {
            Some(ty) if known => {
                let message = format!("`{name}` has a type already: leave this one out");
                Err(syn::Error::new_spanned(ty, message))
            }
            None if !known => {
                let near = did_you_mean(&name.to_string(), self.parts().iter().map(Part::name));
                let message =
                    format!("no field is named `{name}`{near}; a new one has a type: `{name}: ..`");
                Err(syn::Error::new(name.span(), message))
            }
            Some(ty) => {
                self.all.push(Field { name, ty });
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// All of them, in their order.
    pub(crate) fn parts(&self) -> Vec<Part<'_>> {
        self.all.iter().map(|field| Part { ident: &field.name, ty: &field.ty }).collect()
    }

    /// The model of which these are the fields.
    pub(crate) fn model<'a>(
        &'a self,
        cfg: Vec<&'a Attribute>,
        (visibility, ident): (&'a Visibility, &'a Ident),
        sharing: Sharing,
        krate: Option<Path>,
        errors: &mut Errors,
    ) -> Model<'a> {
        let parts = self.parts();
        let key = parts[..self.key].to_vec();
        let mut indexes: Vec<Index<'a>> = Vec::new();
        for names in &self.indexes {
            compound_index(&parts, names, &mut indexes, errors);
        }
        check_parts(&parts, &key, &indexes, errors);
        Model::of_parts(cfg, (visibility, ident), &parts, key, indexes, sharing, krate)
    }
}

impl Field {
    fn parse_of_key(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse::<Ident>()?;
        if input.parse::<Option<Token![:]>>()?.is_none() {
            let message = format!("a key has a type: write `{name}: ..`");
            return Err(syn::Error::new(name.span(), message));
        }
        Ok(Self { name, ty: kept_type(input)? })
    }
}

/// The second of two equal names.
fn repeated<'a>(names: impl Iterator<Item = &'a Ident>) -> Option<&'a Ident> {
    let names: Vec<&Ident> = names.collect();
    let twice = |at: &usize| names[..*at].contains(&names[*at]);
    (0..names.len()).find(twice).map(|at| names[at])
}

/// The type of a key, which is kept and so borrows nothing.
pub(crate) fn kept_type(input: ParseStream<'_>) -> syn::Result<Type> {
    let key = Type::parse(input)?;
    match fleeting(&key).into_iter().next() {
        None => Ok(key),
        Some(Fleeting::Borrow(at)) => {
            let message =
                "a key is kept and may borrow nothing: write an owned type, such as `String`";
            Err(syn::Error::new_spanned(at, message))
        }
        Some(Fleeting::Unnamed(token)) => Err(syn::Error::new(
            token.span,
            "a key has a type with a name: write one that implements it",
        )),
    }
}
