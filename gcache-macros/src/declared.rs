//! `group!(pub Article(id: u64), index(author: u64), index(author, year: u16))`: a model that no row fills.

use crate::derive::{Index, Model, Part, check_parts, compound_index, others};
use crate::errors::{Errors, did_you_mean};
use crate::function::{Fleeting, fleeting};
use crate::group::all_of;
use crate::sharing::{Sharing, column_name};
use proc_macro2::Ident;
use syn::parse::{Parse as _, ParseStream};
use syn::{Attribute, LitStr, Path, Token, Type, Visibility, parenthesized, token};

/// The fields of a group that is no model, as written.
pub(crate) struct Fields {
    /// Of how many the key is made: the first ones.
    key: usize,
    all: Vec<Field>,
    /// The names of each index.
    indexes: Vec<Vec<Ident>>,
}

/// `author: u64, column = "author_id"`
struct Field {
    name: Ident,
    ty: Type,
    column: Option<LitStr>,
}

/// The same where an index names it, which is without a type if it has one already.
struct Named {
    name: Ident,
    ty: Option<Type>,
    column: Option<LitStr>,
}

impl Fields {
    /// `(id: u64)`, behind the name of the group.
    pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let content;
        let paren = parenthesized!(content in input);
        let mut fields = Self { key: 0, all: Vec::new(), indexes: Vec::new() };
        for Named { name, ty, column } in all_of(&content, Named::parse)? {
            let Some(ty) = ty else {
                let message = format!("a key has a type: write `{name}: ..`");
                return Err(syn::Error::new(name.span(), message));
            };
            if fields.has(&name) {
                return Err(syn::Error::new(name.span(), format!("`{name}` is given twice")));
            }
            fields.all.push(Field { name, ty, column });
        }
        fields.key = fields.all.len();
        if fields.key == 0 {
            let message = "name what tells its members apart, as in `(id: u64)`, or leave the parentheses out";
            return Err(syn::Error::new(paren.span.join(), message));
        }
        Ok(fields)
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
        let items = all_of(&content, Named::parse)?;
        if items.is_empty() {
            let message = "name the fields, as in `index(author: u64)`";
            return Err(syn::Error::new(word.span(), message));
        }
        let names = items.iter().map(|item| item.name.clone()).collect();
        for item in items {
            self.add(item)?;
        }
        self.indexes.push(names);
        Ok(())
    }

    fn has(&self, name: &Ident) -> bool {
        self.all.iter().any(|field| field.name == *name)
    }

    /// A field of an index. The first time that one is named it has a type.
    fn add(&mut self, Named { name, ty, column }: Named) -> syn::Result<()> {
        match (self.has(&name), ty, column) {
            (true, None, None) => Ok(()),
            (true, Some(ty), _) => {
                let message = format!("`{name}` has a type already: leave this one out");
                Err(syn::Error::new_spanned(ty, message))
            }
            (true, None, Some(column)) => {
                let message = format!("say the column of `{name}` where its type is");
                Err(syn::Error::new_spanned(column, message))
            }
            (false, Some(ty), column) => {
                self.all.push(Field { name, ty, column });
                Ok(())
            }
            (false, None, _) => {
                let near = did_you_mean(&name.to_string(), self.parts().iter().map(Part::name));
                let message =
                    format!("no field is named `{name}`{near}; a new one has a type: `{name}: ..`");
                Err(syn::Error::new(name.span(), message))
            }
        }
    }

    /// All of them, in their order.
    pub(crate) fn parts(&self) -> Vec<Part<'_>> {
        self.all.iter().map(|field| Part { ident: &field.name, ty: &field.ty }).collect()
    }

    /// The first column that one is said to be.
    pub(crate) fn column(&self) -> Option<&LitStr> {
        self.all.iter().find_map(|field| field.column.as_ref())
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
        let columns = self.all.iter().zip(&parts);
        let columns =
            columns.filter_map(|(field, part)| Some((part.name(), field.column.as_ref()?.value())));
        Model {
            cfg,
            visibility,
            ident,
            others: others(&parts, &indexes),
            key,
            indexes,
            table: sharing.table.as_ref().map(LitStr::value),
            columns: columns.collect(),
            sharing,
            no_helpers: false,
            krate,
        }
    }
}

impl Named {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse::<Ident>()?;
        if name == "column" && input.peek(Token![=]) {
            let message =
                "each field may have one column, behind it: `user: UserId, column = \"user_id\"`";
            return Err(syn::Error::new(name.span(), message));
        }
        let colon = input.parse::<Option<Token![:]>>()?;
        let ty = colon.map(|_| kept_type(input)).transpose()?;
        let column = is_column(input).then(|| {
            input.parse::<Token![,]>()?;
            input.parse::<Ident>()?;
            input.parse::<Token![=]>()?;
            column_name(input)
        });
        Ok(Self { name, ty, column: column.transpose()? })
    }
}

/// Whether `, column = ..` comes next.
fn is_column(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    let comma = fork.parse::<Token![,]>();
    comma.is_ok()
        && fork.parse::<Ident>().is_ok_and(|word| word == "column")
        && fork.peek(Token![=])
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
