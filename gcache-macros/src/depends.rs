//! `#[derive(Depends)]`: a struct that is no model, and whose fields name groups.

use crate::errors::{Errors, did_you_mean};
use crate::function::bare;
use crate::group::{Group, crate_option, library, parse_items, private};
use crate::group_value::nest;
use crate::place::{Place, hidden};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Expr, Fields, Meta, Path};

/// The implementations.
pub(crate) fn depends(item: TokenStream) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(item) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::new();
    let groups = Named::new(&input.attrs, &mut errors);
    let fields = fields(&input.data, &mut errors);
    if let Some(fields) = &fields {
        groups.check(&input.ident, fields, &mut errors);
    }
    match errors.into_tokens() {
        Ok(()) => expand(&input, &groups),
        Err(errors) => errors,
    }
}

/// What `#[depends(…)]` says.
#[derive(Default)]
struct Named {
    groups: Vec<Group>,
    unread: bool,
    krate: Option<Path>,
}

impl Named {
    fn new(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut named = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("depends"))
        {
            let Meta::List(list) = &attribute.meta else {
                named.unread = true;
                errors.at(
                    attribute.path(),
                    "name the groups: write `#[depends(Article(article_id))]`",
                );
                continue;
            };
            parse_items(list.tokens.clone(), errors, |input, _| {
                if input.peek(syn::Token![crate]) && input.peek2(syn::Token![=]) {
                    return crate_option(input, &mut named.krate);
                }
                let group = input.parse::<Group>();
                named.unread |= group.is_err();
                named.groups.push(group?);
                Ok(())
            });
        }
        named
    }

    /// There are some, and what names them are fields.
    fn check(&self, ident: &Ident, fields: &[&Ident], errors: &mut Errors) {
        if self.groups.is_empty() && !self.unread {
            errors.at(ident, "say what its values depend on: `#[depends(Article(article_id))]`");
        }
        for expr in self.groups.iter().flat_map(Group::expressions) {
            match field_of(expr) {
                Some(name) if fields.contains(&name) => {}
                Some(name) if name == "self" => {
                    errors.at(name, "a field stands without `self`: write `Article(article_id)`");
                }
                Some(name) => {
                    let known = fields.iter().map(ToString::to_string);
                    let near = did_you_mean(&name.to_string(), known);
                    errors.at(name, format_args!("no field is named `{name}`{near}"));
                }
                None => errors.at(
                    expr,
                    "a group is named by a field of the struct, or by a part of one: `Article(article_id)`",
                ),
            }
        }
    }
}

/// The names of the fields.
fn fields<'a>(data: &'a Data, errors: &mut Errors) -> Option<Vec<&'a Ident>> {
    match data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                return Some(
                    fields.named.iter().filter_map(|field| field.ident.as_ref()).collect(),
                );
            }
            fields @ Fields::Unnamed(_) => {
                errors.at(
                    fields,
                    "groups are named by fields with names: write `{ article_id: u64, .. }`",
                );
            }
            Fields::Unit => errors
                .at(data.semi_token, "groups are named by fields: write `{ article_id: u64 }`"),
        },
        Data::Enum(data) => {
            errors.at(
                data.enum_token,
                "groups are named by the fields of a struct: put the enum in one",
            );
        }
        Data::Union(data) => {
            errors.at(data.union_token, "groups are named by the fields of a struct");
        }
    }
    None
}

/// The field that `author` or `author.id` begins with.
fn field_of(expr: &Expr) -> Option<&Ident> {
    match bare(expr) {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Field(field) => field_of(&field.base),
        _ => None,
    }
}

/// The groups of a value, as rows have them, and functions that depend on them and invalidate them.
///
/// ```text
/// // Input:
/// #[derive(Depends)]
/// #[depends(Article(article_id), User?(editor.id))]
/// struct Found { article_id: u64, editor: Editor }
///
/// // Output:
/// const _: () = {
///     impl Groups for Found {
///         fn accept(&self, visitor: &mut Visitor<'_>) {
///             Groups::accept(&(member::<Article>({ &self.article_id }), (optional_member::<User>({ &self.editor.id }), ())), visitor);
///         }
///     }
///     impl Rows for Found {
///         fn accept_unknown(visitor: &mut Visitor<'_>) {
///             Groups::accept(&(whole::<Article>(), (whole::<User>(), ())), visitor);
///         }
///     }
///     impl Found {
///         fn depend(&self) -> DependsOn { depends_on(self) }
///         fn changed(&self) -> Invalidated { invalidate(self) }
///     }
/// };
/// ```
fn expand(input: &DeriveInput, Named { groups, krate, .. }: &Named) -> TokenStream {
    let DeriveInput { ident, vis, generics, .. } = input;
    let (implemented, ty, bounds) = generics.split_for_impl();
    let visitor = hidden("visitor", Span::call_site());
    let lent = |field: &Expr| {
        // The name of the field whose type it has.
        let at = Place::of(field).last;
        // Ours, whatever macro the fields come from. So the compiler takes the derive for the place of all of it, and that
        // of the braces for the argument's.
        let this = Ident::new("self", Span::call_site().located_at(at));
        quote_spanned!(at=> { &#this.#field })
    };
    let known = nest(groups.iter().map(|group| group.expand(krate.as_ref(), lent)));
    let unknown = groups.iter().map(|group| group.all().expand(krate.as_ref(), lent));
    let unknown = nest(unknown);
    let (krate, private) = (library(krate.as_ref()), private(krate.as_ref()));
    quote! {
        const _: () = {
            impl #implemented #krate::Groups for #ident #ty #bounds {
                fn accept(&self, #visitor: &mut #private::Visitor<'_>) {
                    #krate::Groups::accept(&#known, #visitor);
                }
            }

            impl #implemented #krate::Rows for #ident #ty #bounds {
                fn accept_unknown(#visitor: &mut #private::Visitor<'_>) {
                    #krate::Groups::accept(&#unknown, #visitor);
                }
            }

            #[allow(dead_code, unreachable_pub)]
            impl #implemented #ident #ty #bounds {
                /// Makes the cached body that is running depend on what this value does.
                #vis fn depend(&self) -> #krate::DependsOn {
                    #krate::depends_on(self)
                }

                /// Invalidates what this value depends on.
                #vis fn changed(&self) -> #krate::Invalidated {
                    #krate::invalidate(self)
                }
            }
        };
    }
}
