statement-no-term = Statements are issued for months, quarters, half-years and years; { $period } is none of them.
statement-too-early = { $period } ends on { $last }; its statements can be issued from the day after.
statement-answered-already = Statement { $number } was answered before; its answer stays as it is.
