//! The grammar of `#[invalidates(…)]` and of what it stands on. Knows no meaning.

use crate::errors::Errors;
use crate::function::Function;
use crate::group::{Group, crate_option, member_by_key, parse_items};
use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Path, Token};

/// What stands in the parentheses of the attribute.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) groups: Vec<Group>,
    /// Whether a group was written and could not be read.
    unread_group: bool,
    /// The word `result`.
    pub(crate) result: Option<Ident>,
    pub(crate) krate: Option<Path>,
}

impl Options {
    /// Reads every item.
    pub(crate) fn parse(attribute: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        parse_items(attribute, errors, |input, _| options.parse_item(input));
        options
    }

    fn parse_item(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if input.peek(Token![crate]) && input.peek2(Token![=]) {
            return crate_option(input, &mut self.krate);
        }
        let fork = input.fork();
        let word = fork.call(Ident::parse_any).ok();
        match word {
            Some(word) if word == "key" && fork.peek(Token![=]) => {
                input.call(Ident::parse_any)?;
                input.parse::<Token![=]>()?;
                let key: Expr = input.parse()?;
                member_by_key(&mut self.groups, &word, key)
            }
            Some(word) if word == "result" && (fork.is_empty() || fork.peek(Token![,])) => {
                input.call(Ident::parse_any)?;
                if self.result.is_some() {
                    return Err(syn::Error::new(word.span(), "`result` is given twice"));
                }
                self.result = Some(word);
                Ok(())
            }
            _ => {
                let group = input.parse::<Group>();
                self.unread_group |= group.is_err();
                self.groups.push(group?);
                Ok(())
            }
        }
    }

    /// Whether the attribute says nothing: the receiver is what changes.
    pub(crate) fn is_bare(&self) -> bool {
        self.groups.is_empty() && !self.unread_group && self.result.is_none()
    }
}

/// What the attribute stands on.
pub(crate) enum Target {
    Function(Box<Function>),
    Block(Box<syn::ItemImpl>),
}

impl Parse for Target {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let fork = input.fork();
        fork.call(syn::Attribute::parse_outer)?;
        fork.parse::<Option<Token![unsafe]>>()?;
        if fork.peek(Token![impl]) {
            return Ok(Self::Block(input.parse()?));
        }
        Function::parse_for("invalidates", input).map(Box::new).map(Self::Function)
    }
}
