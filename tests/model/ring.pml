/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.pml - the order argument of engine/ring/order.h, checked exhaustively for a small ring.
 *
 * Memory.  This is not an interleaving of the program order: it is the view semantics of C11's
 * release, acquire and relaxed accesses.  Each location (a stamp or a word) has for the reader
 * a queue of the stores that it may still see.  The front is the newest that it has seen or
 * must have seen; a load takes the front or any later one, and drops what is before it
 * (coherence).  Each store bears
 *   when   its number among all stores, and
 *   view   the stores that whoever acquires it must have seen: all up to `view`.  For a release
 *          store that is itself, for a relaxed one all stores before the last release fence of
 *          its thread.
 * An acquiring load drops, in every queue, whatever is older than the newest store up to that
 * view.  A relaxed load keeps the view for the next acquire fence.  So stores reach the reader
 * in any order, and its loads look at moments in any order, that the fences and the release
 * store do not forbid.
 *
 * Why that is all of C11 here: readers never store and a publisher never loads what another
 * thread is storing, so that there is no load buffering and the order of modification of every
 * location is the order in which the publishers, one after the other, stored to it.  One number
 * is a whole view for the same reason.  Later relaxed stores of the thread that did a release
 * store are not counted as its release sequence (C++20 does not either): that allows more,
 * never less.
 *
 * A killed publisher's stores are all visible to its successor, whose lock comes from the
 * kernel.  A compiler may store the stamps of P4 as early as right after P1; the model chooses.
 * No statement of the publisher can block, and Spin's search for invalid end states confirms
 * that none ever does.
 *
 * One reader is enough: readers neither store nor see each other, and what two of them could
 * disagree about, the content of a sequence, is compared here with what was published.
 *
 * Each mutation (-D) takes away one edge or spoils one check; `run` wants an error for every
 * one.
 */

#ifndef N
#define N 5 /* slots; more than 2 K, or P4 could leave a successor no whole tick */
#endif
#ifndef K
#define K 2 /* prepared ahead, and ticks written at once at most: 1 or 2 */
#endif
#ifndef TICKS
#define TICKS 12 /* laps the ring twice */
#endif
#ifndef KILLS
#define KILLS 1
#endif

#define SAFE_DEPTH (N - N / 8)
#define PREPARED 64 /* bit of a stamp */
#define SEQ(stamp) ((stamp) & 63)
#define AGE(stamp) (2 * SEQ(stamp) + 1 - (stamp) / PREPARED) /* prepared n comes before n */
#define STAMP(n) (((n) % N) * 3)
#define WORD_A(n) (((n) % N) * 3 + 1)
#define WORD_B(n) (((n) % N) * 3 + 2)
#define LOCATIONS (3 * N)
#define QUEUE (2 * (TICKS + K) / N + 3 + KILLS)
/* What both words of tick n hold: two publishers would not write the same. */
#define CONTENT(n) ((n) + 64 * incarnation)
/* More stores than one publisher does: 4 a tick, and the K first prepared. */
#define EPOCH_STORES (4 * TICKS + K + 2)

typedef queue {
    byte value[QUEUE];
    byte when[QUEUE];
    byte view[QUEUE];
    byte length
}
queue memory[LOCATIONS];
byte now;          /* stores done */
byte fence;        /* stores before the publisher's last release fence */
byte stamps[N];    /* the newest stamps: what a successor finds, and a witness for the checks */

byte incarnation;  /* 0 for the first publisher */
byte kills;
byte whole;        /* witness: the last tick published */
byte first[KILLS + 2]; /* witness: the incarnation's first tick */

hidden byte i, l;

/* ---- memory ------------------------------------------------------------------------------ */

inline store(where, what, seen)
{
    d_step {
        now++;
        memory[where].value[memory[where].length] = what;
        memory[where].when[memory[where].length] = now;
        memory[where].view[memory[where].length] = seen;
        memory[where].length++
    }
}

inline store_stamp(n, what, seen)
{
    d_step {
        /* A slot's stamp only grows: prepared n, n, prepared n + N, n + N ... */
        assert(AGE(what) >= AGE(stamps[(n) % N]));
        stamps[(n) % N] = what
    }
    store(STAMP(n), what, seen)
}

inline drop_front(where)
{
    d_step {
        i = 1;
        do
        :: i < memory[where].length ->
            memory[where].value[i - 1] = memory[where].value[i];
            memory[where].when[i - 1] = memory[where].when[i];
            memory[where].view[i - 1] = memory[where].view[i];
            i++
        :: else -> break
        od;
        memory[where].length--;
        memory[where].value[memory[where].length] = 0; /* equal states look equal */
        memory[where].when[memory[where].length] = 0;
        memory[where].view[memory[where].length] = 0;
        memory[where].when[0] = 0
    }
}

/* The load sees any store that it may. */
inline look(where)
{
    do
    :: memory[where].length > 1 -> drop_front(where)
    :: break
    od
}

inline load_relaxed(where, into)
{
    look(where);
    into = memory[where].value[0];
    if
    :: memory[where].view[0] > kept -> kept = memory[where].view[0]
    :: else
    fi
}

inline acquire(view_)
{
    d_step {
        l = 0;
        do
        :: l < LOCATIONS ->
            do
            :: memory[l].length > 1 && memory[l].when[1] <= view_ -> drop_front(l)
            :: else -> break
            od;
            l++
        :: else -> break
        od
    }
}

/* ---- the publishers, one after the other ------------------------------------------------- */

inline may_die()
{
    if
    :: kills < KILLS -> kills++; goto died
    :: true
    fi
}

/* P0 of `count` ticks from `from` on. */
inline prepare(from, count)
{
#ifdef NO_P0
    skip
#else
    j = 0;
    do
    :: j < count ->
        atomic { may_die(); store_stamp(from + j, (from + j) | PREPARED, fence); j++ }
    :: else -> break
    od
#endif
}

inline prepare_ahead()
{
#ifdef PREPARE_SHORT
    prepare(next + count, K - 1)
#else
#ifdef P0_AFTER_P1
    skip
#else
    prepare(next + K, count)
#endif
#endif
}

/* How many ticks it writes at once, and where its compiler put P4: per publisher, or (MIXED)
 * anew for each write, which takes many more states. */
inline choose_habit()
{
    if
    :: habit = 1
    :: K > 1 -> habit = 2
    fi;
    if
    :: early = true
    :: early = false
    fi
}

active proctype publisher()
{
    byte next, count, done, j, habit;
    bool early;

    d_step {
        l = 0;
        do
        :: l < LOCATIONS -> memory[l].length = 1; l++
        :: else -> break
        od
    }

restart:
    atomic {
        /* tf_ring_find_head() */
        next = 0;
        j = 0;
        do
        :: j < N ->
            if
#ifdef HEAD_FROM_PREPARED
            :: SEQ(stamps[j]) > next -> next = SEQ(stamps[j])
#else
            :: !(stamps[j] & PREPARED) && stamps[j] > next -> next = stamps[j]
#endif
            :: else
            fi;
            j++
        :: else -> break
        od;
        j = 0;
#ifdef RESUME_AT_HEAD
        if
        :: next == 0 -> next = 1
        :: else
        fi;
#else
        next++;
#endif
        fence = 0;
        now = EPOCH_STORES * incarnation + 4 * whole; /* skips some: more states are equal */
        first[incarnation] = whole + 1;
#ifndef MIXED
        choose_habit()
#endif
    }
#ifdef NO_REPREPARE
    if
    :: incarnation == 0 -> prepare(next, K)
    :: else
    fi;
#else
#ifdef PREPARE_SHORT
    prepare(next, K - 1);
#else
#ifndef P0_AFTER_P1
    prepare(next, K);
#endif
#endif
#endif

    do
    :: next > TICKS -> break
    :: else ->
        /* tf_ring_write() of `count` ticks */
        atomic {
#ifdef MIXED
            choose_habit();
#endif
            count = (next < TICKS -> habit : 1);
#ifndef NO_P1
            fence = now; /* P1 */
#endif
        }
#ifdef P0_AFTER_P1
        prepare(next, count);
#endif
        if
        :: early -> prepare_ahead()
        :: else
        fi;
        done = 0;
        do
        :: done < count ->
            /* P2 */
            atomic { may_die(); store(WORD_A(next + done), CONTENT(next + done), fence) }
            atomic { may_die(); store(WORD_B(next + done), CONTENT(next + done), fence) }
            atomic {
                may_die();
#ifdef P3_RELAXED
                store_stamp(next + done, next + done, fence);
#else
                store_stamp(next + done, next + done, now + 1); /* P3 */
#endif
                assert(next + done == whole + 1); /* no hole, nothing twice */
                whole = next + done;
                done++
            }
        :: else -> break
        od;
        if
        :: !early -> prepare_ahead() /* P4 */
        :: else
        fi;
        atomic { next = next + count; count = 0; done = 0; j = 0 }
    od;
    goto finished;

died:
    atomic { incarnation++; count = 0; done = 0; j = 0; habit = 0; early = false; goto restart }

finished:
    skip
}

/* ---- the reader -------------------------------------------------------------------------- */

/* tf_cursor_lapped() */
inline lapped(stamp)
{
    d_step {
        resume = (SEQ(stamp) > SAFE_DEPTH -> SEQ(stamp) - SAFE_DEPTH + 1 : 1);
#ifdef RAW_COMPARE
        resume = (resume <= want -> want + 1 : resume);
#endif
        assert(resume > want);
        /* Lost is what is gone: the slot has been taken, and nothing unpublished is skipped. */
        assert(SEQ(stamps[want % N]) > want);
        assert(resume <= whole + 1);
#ifdef LOST_OFF_BY_ONE
        accounted = accounted + resume - want + 1;
#else
#ifndef LOST_UNCOUNTED
        accounted = accounted + resume - want;
#endif
#endif
        want = resume;
        assert(accounted == want - 1);
        resume = 0;
        torn = false
    }
}

/*
 * The reads of one tick are one step of the model, which loses nothing: a load may return
 * whatever it might have returned at any earlier moment, unless something newer was seen since.
 */
active proctype reader()
{
    byte want = 1;  /* the cursor: the tick wanted next */
    byte accounted; /* ticks + lost */
    byte kept;      /* views of relaxed loads, for the next acquire fence */
    byte before, after, a, b, resume;
    bool torn;

    (memory[LOCATIONS - 1].length > 0); /* the ring is there */
    do
    :: want > TICKS -> break
    :: else ->
        atomic {
#ifdef R0_RELAXED
            load_relaxed(STAMP(want), before);
#else
            look(STAMP(want)); /* R0 */
            before = memory[STAMP(want)].value[0];
            acquire(memory[STAMP(want)].view[0]);
#endif
#ifdef PREPARED_IS_READY
            before = SEQ(before);
#endif
            if
#ifdef RAW_COMPARE
            :: before > want -> lapped(before)
#else
            :: before != want && SEQ(before) > want -> lapped(before)
#endif
            :: before != want && SEQ(before) <= want /* nothing yet */
            :: before == want ->
                /* What overtook the last copy is still seen: that loss is never forgotten. */
                assert(!torn);
                load_relaxed(WORD_A(want), a); /* R1 */
                load_relaxed(WORD_B(want), b);
#ifndef NO_R2
                acquire(kept); /* R2 */
                kept = 0;
#endif
                load_relaxed(STAMP(want), after); /* R3 */
#ifdef PREPARED_IS_READY
                after = SEQ(after);
#endif
                if
#ifndef NO_R3
                :: after != before ->
                    torn = true;
                    if
                    :: load_relaxed(STAMP(want), after); lapped(after) /* first of a batch */
                    :: true /* the batch ends before this tick, the next call finds the loss */
                    fi
                :: after == before ->
#else
                :: true ->
#endif
                    assert(a == b);           /* one store's words, */
                    assert(SEQ(a) == want);   /* of this tick, */
                    assert(want <= whole);    /* published, by the one who did: */
                    assert(first[a / 64] <= want);
                    assert(first[a / 64 + 1] == 0 || want < first[a / 64 + 1]);
                    accounted++;
                    want++;
                    assert(accounted == want - 1)
                fi
            fi;
            before = 0; after = 0; a = 0; b = 0
        }
    od
}
