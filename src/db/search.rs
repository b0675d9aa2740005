/// The LIKE pattern for a part of a text in any case; its own signs are escaped by `!`.
pub fn like_part(part: &str) -> String {
    let mut pattern = String::from("%");
    for sign in part.to_lowercase().chars() {
        if matches!(sign, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(sign);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_like_would_read_as_a_wildcard_is_looked_for_itself() {
        assert_eq!(super::like_part("50%_A!"), "%50!%!_a!!%");
    }
}
