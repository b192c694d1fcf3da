//! `group!(pub Feed: UserId)` and `group!(pub Rates)`.

use crate::declared::{Fields, kept_type};
use crate::derive;
use crate::errors::Errors;
use crate::group::{Group, crate_option, library, private};
use crate::helpers::{Helper, snake};
use crate::sharing::{COLUMN_OF_NO_TABLE, Sharing, group_name, table_name};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Path, Token, Type, Visibility, parse_quote, token};

/// A group that is no model.
struct Declaration {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    ident: Ident,
    members: Members,
    sharing: Sharing,
    krate: Option<Path>,
}

/// What tells the members of a group apart.
enum Members {
    /// There are none.
    None,
    /// A key of this type.
    Key(Box<Type>),
    Fields(Fields),
}

impl Parse for Declaration {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let ident = input.parse().map_err(|error| {
            let message = "name the group, as in `group!(pub Feed: UserId)` or `group!(pub Rates)`";
            syn::Error::new(error.span(), message)
        })?;
        let mut members = Members::parse(input)?;
        let (mut sharing, mut krate) = (Sharing::default(), None);
        while input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            match &mut members {
                Members::Fields(fields) if Fields::is_index(input) => fields.parse_index(input)?,
                _ => option(input, &mut sharing, &mut krate)?,
            }
        }
        check_table(&members, &sharing)?;
        if input.is_empty() {
            Ok(Self { attributes, visibility, ident, members, sharing, krate })
        } else {
            Err(input.error(UNEXPECTED))
        }
    }
}

impl Members {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(token::Paren) {
            return Fields::parse(input).map(Self::Fields);
        }
        match input.parse::<Option<Token![:]>>()? {
            Some(colon) => key(colon, input).map(|key| Self::Key(Box::new(key))),
            None => Ok(Self::None),
        }
    }
}

/// A table has columns, and a column is of a table.
fn check_table(members: &Members, sharing: &Sharing) -> syn::Result<()> {
    let column = match members {
        Members::Fields(fields) => fields.column(),
        Members::None | Members::Key(_) => None,
    };
    match (members, &sharing.table, column) {
        (Members::None | Members::Key(_), Some(table), _) => {
            let message =
                "a table has columns with names: give the key one, as in `Feed(user: UserId)`";
            Err(syn::Error::new(table.span(), message))
        }
        (_, None, Some(column)) => Err(syn::Error::new(column.span(), COLUMN_OF_NO_TABLE)),
        _ => Ok(()),
    }
}

const UNEXPECTED: &str = "unexpected here: a group is a name and, after a colon, the type of its key; behind that come \
                          `name = \"..\"`, `table = \"..\"`, `local`, `secret` and `crate = path`";

/// One option behind the key.
fn option(
    input: ParseStream<'_>,
    sharing: &mut Sharing,
    krate: &mut Option<Path>,
) -> syn::Result<()> {
    if input.peek(Token![crate]) {
        return crate_option(input, krate);
    }
    let word: Ident = input.parse().map_err(|error| syn::Error::new(error.span(), UNEXPECTED))?;
    let at = |message: &str| Err(syn::Error::new(word.span(), message));
    let twice = match word.to_string().as_str() {
        "table" | "name" if !input.peek(Token![=]) => return at("this takes a value, after `=`"),
        "name" => {
            input.parse::<Token![=]>()?;
            sharing.name.replace(group_name(input)?).is_some()
        }
        "table" => {
            input.parse::<Token![=]>()?;
            sharing.table.replace(table_name(input)?).is_some()
        }
        "local" | "secret" if !input.is_empty() && !input.peek(Token![,]) => {
            return Err(input.error("this takes no value: leave it out"));
        }
        "local" => std::mem::replace(&mut sharing.local, true),
        "secret" => std::mem::replace(&mut sharing.secret, true),
        "index" => {
            return at(
                "an index is over fields with names: give the key one, as in `Feed(user: UserId)`",
            );
        }
        "column" => {
            return at(
                "a column is said behind its field, as in `Feed(user: UserId, column = \"user_id\")`",
            );
        }
        _ => return at(UNEXPECTED),
    };
    if twice { at("this is given twice") } else { sharing.check().or_else(at) }
}

/// The type of a key, which is kept and so borrows nothing.
fn key(colon: Token![:], input: ParseStream<'_>) -> syn::Result<Type> {
    if input.is_empty() || input.peek(Token![,]) {
        let message = "write the type of the key after the colon, or leave the colon out";
        return Err(syn::Error::new(colon.span, message));
    }
    kept_type(input)
}

/// The group's type, its generations, and its helper function.
///
/// ```text
/// // Input:
/// group!(pub Feed: UserId);
///
/// // Output:
/// pub enum Feed {}
/// const _: () = {
///     impl Feed { pub fn invalidate_all() -> Invalidated { invalidate(&whole::<Self>()) } }
///     impl Group for Feed { type Key = UserId; … }
/// };
/// pub fn invalidate_feed(key: impl IntoKey<UserId>) -> Invalidated { invalidate(&member::<Feed>(key)) }
/// ```
pub(crate) fn group(input: TokenStream) -> TokenStream {
    let declaration: Declaration = match syn::parse2(input) {
        Ok(declaration) => declaration,
        Err(error) => return error.to_compile_error(),
    };
    let (item, group) = (declaration.item(), declaration.group());
    quote!(#item #group)
}

impl Declaration {
    /// The type.
    fn item(&self) -> TokenStream {
        let Self { attributes, visibility, ident, .. } = self;
        let docs = attributes.iter().any(|attribute| attribute.path().is_ident("doc"));
        let docs = (!docs).then(|| {
            let docs = format!("The group `{ident}`, declared with `group!`.");
            quote!(#[doc = #docs])
        });
        quote! {
            #docs
            #(#attributes)*
            #[allow(dead_code, unreachable_pub, clippy::exhaustive_enums)]
            #[derive(::core::fmt::Debug)]
            #visibility enum #ident {}
        }
    }

    /// What makes it a group.
    fn group(self) -> TokenStream {
        // Where the group is not compiled, nothing of it is.
        let cfg: Vec<&Attribute> =
            self.attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect();
        let key = match self.members {
            Members::None => None,
            Members::Key(key) => Some(*key),
            Members::Fields(fields) => {
                let mut errors = Errors::new();
                let named = (&self.visibility, &self.ident);
                let model = fields.model(cfg, named, self.sharing, self.krate, &mut errors);
                return match errors.into_tokens() {
                    Ok(()) => derive::by_value(&model, &fields.parts()),
                    Err(errors) => errors,
                };
            }
        };
        let named = (&self.visibility, &self.ident);
        simple(&cfg, named, key.as_ref(), &self.sharing, self.krate.as_ref())
    }
}

/// A group with one key, or with none.
fn simple(
    cfg: &[&Attribute],
    (visibility, ident): (&Visibility, &Ident),
    key: Option<&Type>,
    sharing: &Sharing,
    krate: Option<&Path>,
) -> TokenStream {
    let name = sharing.name(ident);
    let parameter = format_ident!("key");
    let path = Path::from(ident.clone());
    let (docs, group) = match key {
        Some(_) => (
            format!("Invalidates all that depends on one `{ident}`."),
            Group::Member(path, vec![parse_quote!(#parameter)]),
        ),
        None => (format!("Invalidates all that depends on `{ident}`."), Group::Whole(path)),
    };
    let helper = Helper {
        cfg,
        krate,
        visibility,
        name: format_ident!("invalidate_{}", snake(ident), span = ident.span()),
        docs,
        parameters: key.map(|key| (&parameter, key)).into_iter().collect(),
        group,
    };
    let helper = helper.expand();
    let at = krate;
    let (krate, private) = (library(at), private(at));
    let key_type = key.map_or_else(|| quote!(#private::NoKey), |key| quote!(#key));
    let codec = sharing.codec(at, &quote!(<#ident as #krate::Group>::Key), &key_type);
    quote! {
        #(#cfg)*
        const _: () = {
            impl #ident {
                /// Invalidates all that depends on the group or on any member of it.
                #[allow(dead_code, unreachable_pub)]
                pub fn invalidate_all() -> #krate::Invalidated {
                    #krate::invalidate(&#krate::whole::<Self>())
                }
            }

            impl #krate::Group for #ident {
                type Key = #key_type;
                type Itself = Self;

                fn generations() -> &'static #private::ModelGenerations<Self::Key> {
                    // The user's type is not written here, where it could mean the static.
                    static GENERATIONS: #private::ModelGenerations<<#ident as #krate::Group>::Key> =
                        #private::ModelGenerations::of::<#ident>(#name, #codec, ::core::option::Option::None, &[]);
                    &GENERATIONS
                }
            }
        };

        #helper
    }
}
