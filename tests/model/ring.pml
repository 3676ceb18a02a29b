/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.pml - the order argument of engine/ring/order.h, checked exhaustively for small rings.
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

#ifndef B
#define B 2 /* slots of a block */
#endif
#ifndef N
#define N 6 /* slots: a block is written, one is prepared, one can be read */
#endif
#ifndef K
#define K 2 /* ticks written at once at most: 1 or 2 */
#endif
#ifndef TICKS
#define TICKS 13 /* laps the ring twice */
#endif
#ifndef KILLS
#define KILLS 1
#endif

/* One block ahead, where the engine has two: that it may write two blocks at once. */
#define SAFE_DEPTH (N - B)
#define PREPARED 64   /* flags of a stamp */
#define UNORDERED 128
#define SEQ(stamp) ((stamp) & 63)
#define AGE(stamp) (2 * SEQ(stamp) + 1 - (((stamp) / PREPARED) & 1)) /* prepared n comes before n */
#define GUARD(n) ((n) - (n) % B)
#define STAMP(n) (((n) % N) * 3)
#define WORD_A(n) (((n) % N) * 3 + 1)
#define WORD_B(n) (((n) % N) * 3 + 2)
#define HEAD (3 * N)
#define LOCATIONS (3 * N + 1)
#ifdef STREAM
#define QUEUE (TICKS + 3 + 2 * KILLS) /* the head is stored at each call */
#else
#define QUEUE (2 * (TICKS + 2 * B) / N + 3 + 2 * KILLS)
#endif
/* What both words of tick n hold: two publishers would not write the same. */
#define CONTENT(n) ((n) + 64 * incarnation)
/* More stores than one publisher does: 5 a tick, and those first prepared. */
#define EPOCH_STORES (5 * TICKS + 6)

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

/* P0 of the guards from..to. */
inline prepare(from, to)
{
#ifdef NO_P0
    skip
#else
    j = from;
    do
    :: j <= to ->
        atomic { may_die(); store_stamp(j, j | PREPARED, fence); j = j + B }
    :: else -> break
    od;
    j = 0
#endif
}

/* tf_ring_prepare() */
inline prepare_first()
{
    if
    :: GUARD(next) == next -> prepare(next, next + B)
    :: else -> prepare(GUARD(next) + B, GUARD(next) + B)
    fi
}

/* P4, or, where it comes too late, P0 of what this call writes. */
inline prepare_ahead()
{
#ifdef P0_AFTER_P1
    skip
#else
#ifdef PREPARE_SHORT
    if
    :: K > 1 && count > 1 && GUARD(next + 1) == next + 1 -> skip
    :: else -> prepare(GUARD(next + B - 1) + B, GUARD(next + count - 1) + B)
    fi
#else
    prepare(GUARD(next + B - 1) + B, GUARD(next + count - 1) + B)
#endif
#endif
}

/* How many ticks it writes at once, how, and where its compiler put P4: per publisher, or (MIXED)
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
    fi;
#ifdef STREAM
    if
    :: streams = true
#ifdef MIXED
    :: streams = false
#endif
    fi
#endif
}

active proctype publisher()
{
    byte next, count, done, j, habit;
    bool early, streams;

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
            :: !(stamps[j] & PREPARED) && SEQ(stamps[j]) > next -> next = SEQ(stamps[j])
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
        now = EPOCH_STORES * incarnation + 5 * whole; /* skips some: more states are equal */
        first[incarnation] = whole + 1;
#ifndef MIXED
        choose_habit()
#endif
    }
#ifdef STREAM
    atomic { store(HEAD, next - 1, now + 1) }
#endif
#ifdef NO_REPREPARE
    if
    :: incarnation == 0 -> prepare_first()
    :: else
    fi;
#else
#ifndef P0_AFTER_P1
    prepare_first();
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
        prepare(GUARD(next + B - 1), GUARD(next + count - 1));
#endif
        if
        :: early -> prepare_ahead()
        :: else
        fi;
        done = 0;
        do
        :: done < count ->
            /* P2, P2' */
            atomic { may_die(); store(WORD_A(next + done), CONTENT(next + done), fence) }
            atomic { may_die(); store(WORD_B(next + done), CONTENT(next + done), fence) }
            atomic {
                may_die();
                if
                :: streams -> store_stamp(next + done, (next + done) | UNORDERED, fence)
                :: else ->
#ifdef P3_RELAXED
                    store_stamp(next + done, next + done, fence)
#else
                    store_stamp(next + done, next + done, now + 1) /* P3 */
#endif
                fi;
                assert(next + done == whole + 1); /* no hole, nothing twice */
                whole = next + done;
                done++
            }
        :: else -> break
        od;
        if
        :: streams ->
            atomic {
                may_die();
#ifdef P5_RELAXED
                store(HEAD, next + count - 1, fence)
#else
                store(HEAD, next + count - 1, now + 1) /* P5 */
#endif
            }
        :: else
        fi;
        if
        :: !early -> prepare_ahead() /* P4 */
        :: else
        fi;
        atomic { next = next + count; count = 0; done = 0; j = 0 }
    od;
    goto finished;

died:
    atomic { incarnation++; count = 0; done = 0; j = 0; habit = 0; early = false; streams = false; goto restart }

finished:
    skip
}

/* ---- the reader -------------------------------------------------------------------------- */

/* tf_cursor_lapped(), whose halving only moves `resume` on. */
inline lapped(stamp)
{
    d_step {
        resume = (SEQ(stamp) > SAFE_DEPTH -> SEQ(stamp) - SAFE_DEPTH + 1 : 1);
#ifdef RAW_COMPARE
        resume = (resume <= want -> want + 1 : resume);
#endif
        assert(resume > want);
        /* Lost is what is gone: the block has been taken, and nothing unpublished is skipped. */
        assert(SEQ(stamps[GUARD(want) % N]) > GUARD(want));
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

/* R1 and what must hold of tick n in the end; kept until R3 has judged. */
inline copy(n, a, b)
{
    load_relaxed(WORD_A(n), a);
    load_relaxed(WORD_B(n), b)
}

inline check(n, a, b)
{
    assert(a == b);         /* one store's words, */
    assert(SEQ(a) == n);    /* of this tick, */
    assert(n <= whole);     /* published, by the one who did: */
    assert(first[a / 64] <= n);
    assert(first[a / 64 + 1] == 0 || n < first[a / 64 + 1])
}

/*
 * The reads of one tick, or of a run of two, are one step of the model, which loses nothing: a load
 * may return whatever it might have returned at any earlier moment, unless something newer was
 * seen since.
 */
active proctype reader()
{
    byte want = 1;  /* the cursor: the tick wanted next */
    byte last;      /* of the run: `want`, or the next of its block */
    byte accounted; /* ticks + lost */
    byte kept;      /* views of relaxed loads, for the next acquire fence */
    byte before, after, a, b, c, d, resume;
    bool torn, ready;

    (memory[LOCATIONS - 1].length > 0); /* the ring is there */
    do
    :: want > TICKS -> break
    :: else ->
        atomic {
            last = want;
            if
            :: true
            :: B > 1 && GUARD(want) == want && want < TICKS -> last = want + 1
            fi;
#ifdef R0_RELAXED
            load_relaxed(STAMP(last), before);
#else
            look(STAMP(last)); /* R0 */
            before = memory[STAMP(last)].value[0];
            acquire(memory[STAMP(last)].view[0]);
#endif
#ifdef PREPARED_IS_READY
            before = before & (63 + UNORDERED);
#endif
            ready = (before == last);
#ifdef STREAM
            if
            :: before == (last | UNORDERED) ->
#ifdef UNORDERED_IS_READY
                ready = true
#else
#ifdef HEAD_LOADED_RELAXED
                load_relaxed(HEAD, after);
#else
                look(HEAD); /* R0' */
                after = memory[HEAD].value[0];
                acquire(memory[HEAD].view[0]);
#endif
                ready = (after >= last);
                after = 0
#endif
            :: else
            fi;
#endif
            if
#ifdef RAW_COMPARE
            :: !ready && last == want && before > want && before != (last | UNORDERED) -> lapped(before)
            :: !ready && (last != want || before < want || before == (last | UNORDERED))
#else
            :: !ready && last == want && SEQ(before) > want -> lapped(before)
            :: !ready && (last != want || SEQ(before) <= want) /* nothing yet, or no run */
#endif
            :: ready ->
                copy(want, a, b); /* R1 */
                if
                :: last > want -> copy(last, c, d)
                :: else
                fi;
#ifndef NO_R2
                acquire(kept); /* R2 */
                kept = 0;
#endif
#ifdef OWN_STAMP_AGAIN
                load_relaxed(STAMP(last), after);
                after = (SEQ(after) == last && !(after & PREPARED) -> GUARD(want) : after);
#else
                load_relaxed(STAMP(GUARD(want)), after); /* R3 */
#endif
                after = after & (63 + PREPARED);
#ifdef PREPARED_IS_READY
                after = SEQ(after);
#endif
                if
#ifndef NO_R3
                :: after != GUARD(want) ->
                    torn = true;
                    if
                    :: load_relaxed(STAMP(GUARD(want)), after); lapped(after) /* first of a batch */
                    :: true /* the batch ends before this tick, the next call finds the loss */
                    fi
                :: after == GUARD(want) ->
#else
                :: true ->
#endif
                    /* What overtook the last copy is still seen: that loss is never forgotten. */
                    assert(!torn);
                    check(want, a, b);
                    if
                    :: last > want -> check(last, c, d)
                    :: else
                    fi;
                    accounted = accounted + last - want + 1;
                    want = last + 1;
                    assert(accounted == want - 1)
                fi
            fi;
            before = 0; after = 0; a = 0; b = 0; c = 0; d = 0; last = 0; ready = false
        }
    od
}
