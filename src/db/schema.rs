//! The tables as diesel sees them; the same on both databases. A test compares this page with the
//! migrated schema.

diesel::table! {
    counters (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    form_results (form_key) {
        form_key -> Text,
        person_id -> Text,
        payload_hash -> Text,
        location -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    audit_events (seq) {
        seq -> BigInt,
        at -> Timestamp,
        actor -> Text,
        actor_name -> Text,
        role -> Text,
        action -> Text,
        object_kind -> Text,
        object_id -> Text,
        customer_id -> Nullable<BigInt>,
        before_hash -> Nullable<Text>,
        after_hash -> Nullable<Text>,
        reason -> Nullable<Text>,
        request -> Nullable<Text>,
        address -> Nullable<Text>,
        previous -> Text,
        hash -> Text,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        message_id -> Text,
        kind -> Text,
        cause_id -> Text,
        to_address -> Text,
        customer_id -> Nullable<BigInt>,
        language -> Text,
        subject -> Text,
        text_body -> Text,
        html_body -> Text,
        state -> Text,
        attempts -> Integer,
        next_try_at -> Timestamp,
        claimed_until -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
        sent_at -> Nullable<Timestamp>,
        follows -> Nullable<Text>,
        domain -> Text,
        path -> Text,
        read_at -> Nullable<Timestamp>,
        encloses -> Nullable<Text>,
        other_subject -> Nullable<Text>,
    }
}

diesel::table! {
    refused_enclosures (letter_id) {
        letter_id -> Text,
        encloses -> Text,
        why -> Text,
        refused_at -> Timestamp,
        told_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    unsubscribe_tokens (token_hash) {
        token_hash -> Text,
        letter_id -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    letter_links (token_hash) {
        token_hash -> Text,
        letter_id -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    bounced_addresses (address) {
        address -> Text,
        letter_id -> Text,
        customer_id -> Nullable<BigInt>,
        why -> Text,
        bounced_at -> Timestamp,
        told_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    mail_holds (place) {
        place -> Text,
        failures -> Integer,
        since -> Timestamp,
        until -> Timestamp,
        why -> Nullable<Text>,
    }
}

diesel::table! {
    calendar_days (day) {
        day -> Date,
        working -> Bool,
        name -> Text,
    }
}

diesel::table! {
    customers (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        kind -> Text,
        class -> Text,
        region -> Text,
        currency -> Text,
        group_code -> Nullable<Text>,
        since -> Nullable<Date>,
        tax_id -> Nullable<Text>,
        account_manager -> Nullable<Text>,
        language -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    statement_contacts (customer_id, email) {
        customer_id -> BigInt,
        email -> Text,
    }
}

diesel::table! {
    people (id) {
        id -> Text,
        email -> Text,
        name -> Text,
        password_hash -> Nullable<Text>,
        customer_id -> Nullable<BigInt>,
        customer_role -> Nullable<Text>,
        state -> Text,
        language -> Nullable<Text>,
        phone -> Nullable<Text>,
        created_at -> Timestamp,
        last_sign_in_at -> Nullable<Timestamp>,
        invited -> Bool,
        second_factor_since -> Nullable<Timestamp>,
        totp_key -> Nullable<Text>,
        totp_step -> Nullable<BigInt>,
    }
}

diesel::table! {
    second_factor_setups (person_id) {
        person_id -> Text,
        totp_key -> Text,
        made_at -> Timestamp,
        session_hash -> Text,
    }
}

diesel::table! {
    recovery_codes (person_id, label) {
        person_id -> Text,
        label -> Text,
        code_hash -> Text,
        made_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    halfway_sign_ins (key_hash) {
        key_hash -> Text,
        person_id -> Text,
        made_at -> Timestamp,
        tries -> BigInt,
    }
}

diesel::table! {
    refused_codes (id) {
        id -> Text,
        person_id -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    person_roles (person_id, role) {
        person_id -> Text,
        role -> Text,
    }
}

diesel::table! {
    sessions (key_hash) {
        key_hash -> Text,
        person_id -> Nullable<Text>,
        state -> Text,
        address -> Text,
        agent -> Text,
        created_at -> Timestamp,
        seen_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    one_time_links (id) {
        id -> Text,
        purpose -> Text,
        person_id -> Text,
        about -> Nullable<Text>,
        made_by_name -> Text,
        made_at -> Timestamp,
        expires_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        ending -> Nullable<Text>,
    }
}

diesel::table! {
    sign_in_failures (id) {
        id -> Text,
        email -> Text,
        address -> Text,
        at -> Timestamp,
        counted_by -> Nullable<Text>,
    }
}

diesel::table! {
    reset_asks (id) {
        id -> Text,
        email -> Text,
        address -> Text,
        language -> Text,
        asked_at -> Timestamp,
        answered_at -> Nullable<Timestamp>,
        sent -> Bool,
    }
}

diesel::table! {
    known_devices (device_hash, person_id) {
        device_hash -> Text,
        person_id -> Text,
        known_since -> Timestamp,
        seen_at -> Timestamp,
    }
}

diesel::table! {
    policies (id) {
        id -> Text,
        code -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    policy_versions (id) {
        id -> Text,
        policy_id -> Text,
        number -> Integer,
        state -> Text,
        name_zh -> Text,
        name_en -> Text,
        currency -> Text,
        period_kind -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        terms -> Text,
        source -> Text,
        terms_hash -> Text,
        drafted_by -> Text,
        drafted_by_name -> Text,
        drafted_at -> Timestamp,
        approved_by -> Nullable<Text>,
        approved_by_name -> Nullable<Text>,
        published_at -> Nullable<Timestamp>,
        revision -> BigInt,
        submitted_by -> Nullable<Text>,
        submitted_by_name -> Nullable<Text>,
        submitted_at -> Nullable<Timestamp>,
        approved_at -> Nullable<Timestamp>,
        published_by -> Nullable<Text>,
        published_by_name -> Nullable<Text>,
        ended_on -> Nullable<Date>,
    }
}

diesel::table! {
    policy_steps (version_id, position) {
        version_id -> Text,
        position -> Integer,
        action -> Text,
        at -> Timestamp,
        actor -> Text,
        actor_name -> Text,
        note -> Text,
    }
}

diesel::table! {
    policy_figures (policy_id, customer_id, period, kind) {
        policy_id -> Text,
        customer_id -> BigInt,
        period -> Text,
        kind -> Text,
        value -> Text,
    }
}

diesel::table! {
    policy_acknowledgements (version_id, customer_id) {
        version_id -> Text,
        customer_id -> BigInt,
        person_id -> Text,
        person_name -> Text,
        terms_hash -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    products (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        category -> Text,
        brand -> Text,
        unit -> Text,
    }
}

diesel::table! {
    imports (id) {
        id -> Text,
        kind -> Text,
        state -> Text,
        file_name -> Text,
        file_hash -> Text,
        options -> Text,
        report -> Text,
        rows_written -> BigInt,
        first_line -> Nullable<BigInt>,
        last_line -> Nullable<BigInt>,
        actor -> Text,
        actor_name -> Text,
        created_at -> Timestamp,
        committed_at -> Nullable<Timestamp>,
        touched -> Nullable<BigInt>,
    }
}

diesel::table! {
    sales_lines (id) {
        id -> BigInt,
        source -> Text,
        line_id -> Text,
        import_id -> Text,
        document_no -> Text,
        document_date -> Date,
        customer_id -> BigInt,
        product_id -> BigInt,
        quantity_micro -> BigInt,
        net_minor -> BigInt,
        currency -> Text,
        kind -> Text,
        unit_price -> Nullable<Text>,
        original_line_id -> Nullable<Text>,
        delivery_date -> Nullable<Date>,
        paid_date -> Nullable<Date>,
    }
}

diesel::table! {
    touched_months (customer_id, month) {
        customer_id -> BigInt,
        month -> Date,
        last_day -> Date,
        seq -> BigInt,
    }
}

diesel::table! {
    ledger_entries (id) {
        id -> Text,
        number -> BigInt,
        posted_at -> Timestamp,
        effective -> Date,
        period -> Text,
        prior_period -> Nullable<Text>,
        cause -> Text,
        cause_id -> Text,
        policy_id -> Nullable<Text>,
        customer_id -> Nullable<BigInt>,
        currency -> Text,
        reference -> Text,
        reason -> Text,
        actor -> Text,
        actor_name -> Text,
        hash -> Text,
    }
}

diesel::table! {
    ledger_postings (entry_id, leg) {
        entry_id -> Text,
        leg -> Integer,
        account -> Text,
        customer_id -> Nullable<BigInt>,
        currency -> Text,
        amount_minor -> BigInt,
    }
}

diesel::table! {
    ledger_reserves (id) {
        id -> Text,
        customer_id -> BigInt,
        currency -> Text,
        amount_minor -> BigInt,
        cause -> Text,
        cause_id -> Text,
        placed_at -> Timestamp,
        released_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    accruals (id) {
        id -> Text,
        policy_id -> Text,
        version_id -> Text,
        customer_id -> BigInt,
        period -> Text,
        first_day -> Date,
        last_day -> Date,
        currency -> Text,
        lines -> BigInt,
        base_minor -> BigInt,
        base_micro -> BigInt,
        measure -> Text,
        tier -> Integer,
        reward -> Text,
        rebate_minor -> BigInt,
        status -> Text,
        reason -> Nullable<Text>,
        calculation -> Text,
        run_id -> Text,
        as_of -> Date,
        computed_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
        closed_by -> Nullable<Text>,
        through -> BigInt,
    }
}

diesel::table! {
    accrual_runs (id) {
        id -> Text,
        at -> Timestamp,
        as_of -> Date,
        actor -> Text,
        actor_name -> Text,
        policies -> BigInt,
        customers -> BigInt,
        periods -> BigInt,
        changed -> BigInt,
        deltas -> Text,
    }
}

diesel::table! {
    accrual_closings (policy_id, period) {
        policy_id -> Text,
        period -> Text,
        closed_at -> Timestamp,
        closed_by -> Text,
        closed_by_name -> Text,
    }
}

diesel::table! {
    accrual_marks (version_id) {
        version_id -> Text,
        seq -> BigInt,
        as_of -> Date,
        governs -> Text,
    }
}

diesel::table! {
    payouts (id) {
        id -> Text,
        number -> Text,
        customer_id -> BigInt,
        currency -> Text,
        amount_minor -> BigInt,
        form -> Text,
        payee -> Text,
        state -> Text,
        content_hash -> Text,
        prepared_by -> Text,
        prepared_by_name -> Text,
        prepared_at -> Timestamp,
        approved_by -> Nullable<Text>,
        approved_by_name -> Nullable<Text>,
        approved_at -> Nullable<Timestamp>,
        expected_on -> Nullable<Date>,
        settled_on -> Nullable<Date>,
        reference -> Nullable<Text>,
        note -> Nullable<Text>,
        bank_account_id -> Nullable<Text>,
    }
}

diesel::table! {
    expiry_lots (entry_id) {
        entry_id -> Text,
        accrual_id -> Text,
        policy_id -> Text,
        version_id -> Text,
        customer_id -> BigInt,
        currency -> Text,
        period -> Text,
        amount_minor -> BigInt,
        available_on -> Date,
        last_day -> Date,
    }
}

diesel::table! {
    expiry_bookings (lot_id, booked_on) {
        lot_id -> Text,
        booked_on -> Date,
        entry_id -> Text,
        due_on -> Date,
        amount_minor -> BigInt,
    }
}

diesel::table! {
    expiry_warnings (customer_id, last_day, mark) {
        customer_id -> BigInt,
        last_day -> Date,
        mark -> Integer,
        said_day -> Date,
        told_at -> Timestamp,
    }
}

diesel::table! {
    reached_tiers (policy_id, customer_id, period) {
        policy_id -> Text,
        customer_id -> BigInt,
        period -> Text,
        tier -> Integer,
        told_at -> Timestamp,
    }
}

diesel::table! {
    bank_accounts (id) {
        id -> Text,
        customer_id -> BigInt,
        holder -> Text,
        bank -> Text,
        branch -> Text,
        account_number -> Text,
        contact_email -> Text,
        contact_phone -> Text,
        content_hash -> Text,
        state -> Text,
        requested_by -> Text,
        requested_by_name -> Text,
        requested_at -> Timestamp,
        checked_by -> Nullable<Text>,
        checked_by_name -> Nullable<Text>,
        cools_until -> Nullable<Timestamp>,
        effective_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    bank_account_steps (account_id, position) {
        account_id -> Text,
        position -> Integer,
        state -> Text,
        at -> Timestamp,
        actor -> Text,
        actor_name -> Text,
        note -> Text,
    }
}

diesel::table! {
    payout_lines (payout_id, position) {
        payout_id -> Text,
        position -> Integer,
        cause -> Text,
        cause_id -> Text,
        policy_id -> Nullable<Text>,
        period -> Nullable<Text>,
        text -> Text,
        amount_minor -> BigInt,
    }
}

diesel::table! {
    payout_steps (payout_id, position) {
        payout_id -> Text,
        position -> Integer,
        state -> Text,
        at -> Timestamp,
        actor -> Text,
        actor_name -> Text,
        note -> Text,
    }
}

diesel::table! {
    statements (id) {
        id -> Text,
        number -> Text,
        customer_id -> BigInt,
        period -> Text,
        last_day -> Date,
        currency -> Text,
        version -> Integer,
        opening_minor -> BigInt,
        closing_minor -> BigInt,
        content -> Text,
        content_hash -> Text,
        checkpoint_seq -> BigInt,
        checkpoint_hash -> Text,
        issued_at -> Timestamp,
        respond_by -> Date,
        state -> Text,
        answered_by -> Nullable<Text>,
        answered_by_name -> Nullable<Text>,
        answered_at -> Nullable<Timestamp>,
        answered_from -> Nullable<Text>,
        agreement -> Nullable<Text>,
        superseded_by -> Nullable<Text>,
    }
}

diesel::table! {
    erp_imports (id) {
        id -> Text,
        file_name -> Text,
        file_hash -> Text,
        lines -> BigInt,
        complete -> Bool,
        agreed -> BigInt,
        differing -> BigInt,
        actor -> Text,
        actor_name -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    erp_lines (import_id, line) {
        import_id -> Text,
        line -> BigInt,
        customer_id -> BigInt,
        period -> Text,
        currency -> Text,
        figure -> Text,
        amount_minor -> BigInt,
        voucher -> Text,
        dated -> Nullable<Date>,
        text -> Text,
    }
}

diesel::table! {
    erp_differences (id) {
        id -> Text,
        import_id -> Text,
        customer_id -> BigInt,
        period -> Text,
        last_day -> Date,
        currency -> Text,
        figure -> Text,
        ours_minor -> BigInt,
        theirs_minor -> BigInt,
        state -> Text,
        note -> Nullable<Text>,
        closed_by_name -> Nullable<Text>,
        closed_at -> Nullable<Timestamp>,
        found_at -> Timestamp,
    }
}

diesel::table! {
    statement_timers (statement_id, kind) {
        statement_id -> Text,
        kind -> Text,
        due_at -> Timestamp,
        done_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    statement_reads (statement_id, person_id) {
        statement_id -> Text,
        person_id -> Text,
        person_name -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    statement_entries (entry_id) {
        entry_id -> Text,
        statement_id -> Text,
    }
}

diesel::table! {
    statement_runs (id) {
        id -> Text,
        period -> Text,
        last_day -> Date,
        customer_id -> Nullable<BigInt>,
        schedule -> Nullable<Text>,
        answer_days -> Integer,
        state -> Text,
        already -> BigInt,
        started_by -> Text,
        started_by_name -> Text,
        started_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    statement_run_items (run_id, customer_id, currency) {
        run_id -> Text,
        customer_id -> BigInt,
        currency -> Text,
        state -> Text,
        statement_id -> Nullable<Text>,
        letters -> BigInt,
        failure -> Nullable<Text>,
        done_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    statement_schedule (id) {
        id -> Integer,
        rhythm -> Text,
        day -> Integer,
        since -> Date,
        changed_by_name -> Text,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    statement_terms (customer_id) {
        customer_id -> BigInt,
        rhythm -> Nullable<Text>,
        day -> Nullable<Integer>,
        since -> Date,
        agreement -> Nullable<Text>,
        changed_by_name -> Text,
        changed_at -> Timestamp,
        attach_pdf -> Bool,
    }
}

diesel::table! {
    disputes (id) {
        id -> Text,
        number -> Text,
        customer_id -> BigInt,
        state -> Text,
        category -> Text,
        subject -> Text,
        subject_id -> Text,
        subject_text -> Text,
        currency -> Text,
        disputed_minor -> BigInt,
        expected_minor -> Nullable<BigInt>,
        text -> Text,
        facts -> Text,
        filed_by -> Text,
        filed_by_name -> Text,
        filed_at -> Timestamp,
        assignee -> Nullable<Text>,
        assignee_name -> Nullable<Text>,
        answer_due -> Date,
        decision_due -> Date,
        answered_at -> Nullable<Timestamp>,
        waiting_since -> Nullable<Timestamp>,
        decided_at -> Nullable<Timestamp>,
        appeal_until -> Nullable<Date>,
        closed_at -> Nullable<Timestamp>,
        last_activity_at -> Timestamp,
        revision -> BigInt,
        snoozed_until -> Nullable<Date>,
        merged_into -> Nullable<Text>,
    }
}

diesel::table! {
    dispute_events (dispute_id, position) {
        dispute_id -> Text,
        position -> Integer,
        kind -> Text,
        at -> Timestamp,
        actor -> Text,
        actor_name -> Text,
        actor_side -> Text,
        internal -> Bool,
        text -> Text,
    }
}

diesel::table! {
    dispute_files (id) {
        id -> Text,
        dispute_id -> Text,
        position -> Integer,
        name -> Text,
        content_type -> Text,
        bytes -> BigInt,
        sha256 -> Text,
        uploaded_by -> Text,
        uploaded_at -> Timestamp,
        scan -> Text,
        scan_said -> Nullable<Text>,
        scanned_at -> Nullable<Timestamp>,
        scan_tries -> Integer,
        scan_after -> Nullable<Timestamp>,
    }
}

diesel::table! {
    dispute_decisions (dispute_id, round) {
        dispute_id -> Text,
        round -> Integer,
        outcome -> Text,
        granted_minor -> BigInt,
        reason -> Text,
        decided_by -> Text,
        decided_by_name -> Text,
        decided_at -> Timestamp,
        approved_by -> Nullable<Text>,
        approved_by_name -> Nullable<Text>,
        approved_at -> Nullable<Timestamp>,
        entry_id -> Nullable<Text>,
    }
}

diesel::table! {
    dispute_links (dispute_id, other_id) {
        dispute_id -> Text,
        other_id -> Text,
        note -> Text,
        linked_by -> Text,
        linked_by_name -> Text,
        linked_at -> Timestamp,
    }
}

diesel::table! {
    dispute_looks (dispute_id, person_id) {
        dispute_id -> Text,
        person_id -> Text,
        person_name -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    saved_replies (id) {
        id -> Text,
        owner -> Nullable<Text>,
        title -> Text,
        text -> Text,
        uses -> BigInt,
        changed_by -> Text,
        changed_by_name -> Text,
        changed_at -> Timestamp,
        revision -> BigInt,
    }
}

diesel::table! {
    mail_preferences (person_id, kind) {
        person_id -> Text,
        kind -> Text,
        wanted -> Bool,
        changed_at -> Timestamp,
        language -> Nullable<Text>,
    }
}

diesel::table! {
    mail_rounds (kind, round) {
        kind -> Text,
        round -> Date,
        letters -> BigInt,
        finished_at -> Timestamp,
    }
}

diesel::table! {
    absences (id) {
        id -> Text,
        person_id -> Text,
        first_day -> Date,
        last_day -> Date,
        deputy_id -> Nullable<Text>,
        set_by -> Text,
        set_at -> Timestamp,
    }
}

diesel::table! {
    leads (member_id) {
        member_id -> Text,
        lead_id -> Text,
    }
}

diesel::table! {
    dispute_timers (dispute_id, kind, due_at) {
        dispute_id -> Text,
        kind -> Text,
        due_at -> Timestamp,
        done_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    dispute_queue (seq) {
        seq -> BigInt,
        dispute_id -> Text,
        number -> Text,
        customer_id -> BigInt,
        manager -> Text,
        owner -> Text,
        owner_name -> Text,
        lane -> Text,
        state -> Text,
        category -> Text,
        policy_id -> Text,
        subject -> Text,
        currency -> Text,
        amount -> BigInt,
        due -> Date,
        asleep_until -> Date,
        filed_at -> Timestamp,
        last_at -> Timestamp,
        last_side -> Text,
        revision -> BigInt,
        answer_due -> Date,
        answered_at -> Nullable<Timestamp>,
        decided_due -> Date,
        decided_at -> Nullable<Timestamp>,
        appealed -> Bool,
    }
}

diesel::table! {
    dispute_search (seq) {
        seq -> BigInt,
        text -> Text,
    }
}

diesel::table! {
    dispute_drafts (id) {
        id -> Text,
        person_id -> Text,
        customer_id -> BigInt,
        subject -> Text,
        subject_id -> Text,
        content -> Text,
        created_at -> Timestamp,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    dispute_draft_files (id) {
        id -> Text,
        draft_id -> Text,
        position -> Integer,
        name -> Text,
        content_type -> Text,
        bytes -> BigInt,
        sha256 -> Text,
    }
}

diesel::table! {
    dispute_facts (dispute_id) {
        dispute_id -> Text,
        tables -> Text,
        hash -> Text,
    }
}

diesel::table! {
    dispute_views (id) {
        id -> Text,
        person_id -> Text,
        name -> Text,
        query -> Text,
        kept_at -> Timestamp,
    }
}

diesel::table! {
    dispute_ratings (dispute_id) {
        dispute_id -> Text,
        score -> Integer,
        text -> Text,
        rated_by -> Text,
        rated_by_name -> Text,
        rated_at -> Timestamp,
    }
}

diesel::table! {
    page_preferences (person_id, name) {
        person_id -> Text,
        name -> Text,
        value -> Text,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    exports (id) {
        id -> Text,
        person_id -> Text,
        customer_id -> Nullable<BigInt>,
        kind -> Text,
        format -> Text,
        first_day -> Nullable<Date>,
        last_day -> Nullable<Date>,
        period -> Nullable<Text>,
        state -> Text,
        tries -> Integer,
        claim -> Nullable<Text>,
        claimed_until -> Nullable<Timestamp>,
        lines -> Nullable<BigInt>,
        bytes -> Nullable<BigInt>,
        sha256 -> Nullable<Text>,
        failure -> Nullable<Text>,
        asked_at -> Timestamp,
        made_at -> Nullable<Timestamp>,
        expires_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    data_requests (id) {
        id -> Text,
        person_id -> Text,
        customer_id -> Nullable<BigInt>,
        kind -> Text,
        text -> Text,
        state -> Text,
        received_at -> Timestamp,
        due_on -> Date,
        answer -> Nullable<Text>,
        answered_by -> Nullable<Text>,
        answered_by_name -> Nullable<Text>,
        answered_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    announcements (id) {
        id -> Text,
        state -> Text,
        portfolio -> Nullable<Text>,
        segment -> Text,
        subject_zh -> Text,
        text_zh -> Text,
        subject_en -> Text,
        text_en -> Text,
        revision -> BigInt,
        written_by -> Text,
        written_by_name -> Text,
        changed_by_name -> Text,
        changed_at -> Timestamp,
        send_at -> Nullable<Timestamp>,
        begun_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    announcement_receivers (announcement_id, person_id) {
        announcement_id -> Text,
        person_id -> Text,
        customer_id -> BigInt,
        fate -> Text,
    }
}

diesel::table! {
    announcement_reads (announcement_id, person_id) {
        announcement_id -> Text,
        person_id -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    backups (id) {
        id -> Text,
        begun_at -> Timestamp,
        ended_at -> Timestamp,
        file -> Text,
        bytes -> BigInt,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    troubles (kind) {
        kind -> Text,
        since -> Timestamp,
        told_on -> Date,
        detail -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    announcements,
    announcement_receivers,
    announcement_reads,
    backups,
    troubles,
    counters,
    form_results,
    audit_events,
    outbox,
    refused_enclosures,
    unsubscribe_tokens,
    letter_links,
    bounced_addresses,
    mail_holds,
    calendar_days,
    customers,
    statement_contacts,
    people,
    person_roles,
    mail_preferences,
    mail_rounds,
    absences,
    leads,
    sessions,
    sign_in_failures,
    known_devices,
    second_factor_setups,
    recovery_codes,
    halfway_sign_ins,
    refused_codes,
    reset_asks,
    one_time_links,
    policies,
    policy_versions,
    policy_acknowledgements,
    policy_steps,
    policy_figures,
    products,
    imports,
    sales_lines,
    touched_months,
    ledger_entries,
    ledger_postings,
    ledger_reserves,
    accruals,
    accrual_runs,
    accrual_closings,
    accrual_marks,
    payouts,
    payout_lines,
    payout_steps,
    statements,
    statement_entries,
    erp_imports,
    erp_lines,
    erp_differences,
    statement_timers,
    statement_reads,
    statement_runs,
    statement_run_items,
    statement_schedule,
    statement_terms,
    disputes,
    dispute_events,
    dispute_files,
    dispute_decisions,
    dispute_links,
    dispute_looks,
    saved_replies,
    dispute_timers,
    dispute_drafts,
    dispute_draft_files,
    dispute_facts,
    dispute_queue,
    dispute_search,
    dispute_views,
    dispute_ratings,
    page_preferences,
    bank_accounts,
    bank_account_steps,
    reached_tiers,
    expiry_lots,
    expiry_bookings,
    expiry_warnings,
    exports,
    data_requests,
);

diesel::joinable!(ledger_postings -> ledger_entries (entry_id));
diesel::joinable!(statement_entries -> ledger_entries (entry_id));
diesel::joinable!(statement_entries -> statements (statement_id));
diesel::joinable!(refused_enclosures -> outbox (letter_id));
diesel::joinable!(erp_lines -> erp_imports (import_id));
diesel::joinable!(erp_lines -> customers (customer_id));
diesel::joinable!(erp_differences -> erp_imports (import_id));
diesel::joinable!(erp_differences -> customers (customer_id));
diesel::joinable!(statement_timers -> statements (statement_id));
diesel::joinable!(statement_reads -> statements (statement_id));
diesel::joinable!(statement_run_items -> statement_runs (run_id));
diesel::joinable!(statement_run_items -> statements (statement_id));
diesel::joinable!(statement_run_items -> customers (customer_id));
diesel::joinable!(statement_terms -> customers (customer_id));
diesel::joinable!(accruals -> policies (policy_id));
diesel::joinable!(accruals -> policy_versions (version_id));
diesel::joinable!(accruals -> customers (customer_id));
diesel::joinable!(policy_versions -> policies (policy_id));
diesel::joinable!(accrual_marks -> policy_versions (version_id));
diesel::joinable!(policy_steps -> policy_versions (version_id));
diesel::joinable!(policy_figures -> policies (policy_id));
diesel::joinable!(payouts -> customers (customer_id));
diesel::joinable!(statements -> customers (customer_id));
diesel::joinable!(disputes -> customers (customer_id));
diesel::joinable!(dispute_timers -> disputes (dispute_id));
diesel::joinable!(dispute_files -> disputes (dispute_id));
diesel::joinable!(dispute_facts -> disputes (dispute_id));
diesel::joinable!(dispute_draft_files -> dispute_drafts (draft_id));
diesel::joinable!(dispute_queue -> customers (customer_id));
diesel::joinable!(sales_lines -> products (product_id));
diesel::joinable!(sales_lines -> customers (customer_id));
diesel::joinable!(person_roles -> people (person_id));
diesel::joinable!(one_time_links -> people (person_id));
diesel::joinable!(statement_contacts -> customers (customer_id));
diesel::joinable!(payout_lines -> payouts (payout_id));
diesel::joinable!(expiry_bookings -> expiry_lots (lot_id));
diesel::joinable!(bank_accounts -> customers (customer_id));
