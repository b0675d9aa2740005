people-role-needed = A member of staff needs at least one role.
people-email-taken = This e-mail address has an account already.
people-name-wrong = Enter a name of up to 100 characters on one line.
people-already-disabled = This account is disabled already.
password-too-short = A password needs at least 12 characters. A few words or a sentence will do.
password-too-long = A password has at most 128 characters.
password-common = This password is too common and easy to guess. Choose another one.
password-from-context = This password is mostly made of a name, an address or the company’s name and easy to guess. Choose another one.
