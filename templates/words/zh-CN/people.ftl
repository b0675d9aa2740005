link-over = 该链接已不能使用。
