use crate::text_enum;

text_enum! {
    /// A language pages, mail and documents exist in (DOMAIN §8).
    #[derive(Default)]
    pub enum Language {
        #[default]
        ZhCn = "zh-CN",
        En = "en",
    }
}

impl Language {
    /// The one of the two that this one isn't.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::ZhCn => Self::En,
            Self::En => Self::ZhCn,
        }
    }
}
