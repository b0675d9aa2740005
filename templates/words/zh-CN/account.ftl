people-role-needed = 员工至少需要一个角色。
people-email-taken = 该邮箱已有账号。
people-name-wrong = 请填写姓名，最多 100 个字符，不能换行。
people-already-disabled = 该账号已停用。
password-too-short = 密码至少需要 12 个字符。可以用几个词或一句话。
password-too-long = 密码最多 128 个字符。
password-common = 该密码过于常见，容易被猜到，请换一个。
password-from-context = 密码主要由姓名、邮箱或公司名称组成，容易被猜到，请换一个。
