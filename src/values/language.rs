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
