/* The float protocol, small enough that every order of everything is tried: 2 stores, 1 account, a few units.
 *
 *   spin -a protocol/ledger/floats.pml && gcc -O2 -DSAFETY -o pan pan.c && ./pan        (tools/model.py does that)
 *
 * Network: what was once said may arrive at any later time, any number of times, in any order, or never. So a message
 * is not a packet here but a fact in the durable state of its sender, and delivering it is a step that may be taken
 * again and again. That covers loss, delay, duplication and reordering at once.
 * Crash: what a store does is first in memory (op), then either committed or lost. Head office's steps are one
 * transaction each and nothing of them is seen before it, so a crash between them is no step of its own.
 *
 * Planted faults, each must be found:  -DNO_TOMBSTONE -DCREDIT_TWICE -DSAYS_BEFORE_COMMIT -DTIMED_RECLAIM -DNO_ID_CHECK
 */

#define UNITS   2
#define TOP_UPS 1
#define STORES  2
#define GRANTS  2
#define RECALLS 1

#define UNKNOWN   0
#define OPEN      1   /* head office has said it and nobody has answered */
#define TAKEN     2
#define RETURNED  3   /* a tombstone is booked: back in the pool */
#define TOMBSTONE 3

#define NOTHING 0
#define SPEND   1
#define TAKE    2
#define BURY    3
#define CANCEL  4
#define RECALL  5
#define CREDIT  6

/* head office, durable */
byte pool = UNITS;
byte grant_to[GRANTS], grant_units[GRANTS], grant_state[GRANTS];
bool cancelled[GRANTS], cancel_booked[GRANTS];
byte recall_to[RECALLS], recall_units[RECALLS], recall_state[RECALLS];

/* stores, durable. back: units + 1 once answered */
byte float_of[STORES];
byte seen[GRANTS], cancel_back[GRANTS], recall_back[RECALLS];

/* stores, in memory: one step that is not committed yet */
byte op[STORES], op_id[STORES], op_units[STORES];

/* what an all-knowing observer counts */
byte in_transit, spent, credited;

#define EQUATION (pool + float_of[0] + float_of[1] + in_transit + spent == UNITS + credited)
#define SOUND    assert(EQUATION && spent <= UNITS + credited)
#define least(a, b) ((a) < (b) -> (a) : (b))

inline units_of(n) { if :: n = 1 :: n = 2 fi }

inline leaves(s)   /* what a customer or head office can see of a step */
{
	if
	:: op[s] == SPEND -> spent++
	:: else
	fi
}

inline commit(s)
{
	if
	:: op[s] == SPEND  -> float_of[s] = float_of[s] - 1
	:: op[s] == CREDIT -> float_of[s]++; credited++
	:: op[s] == TAKE   -> float_of[s] = float_of[s] + op_units[s]; seen[op_id[s]] = TAKEN;
	                      assert(in_transit >= op_units[s]); in_transit = in_transit - op_units[s]
	:: op[s] == BURY   ->
#ifndef NO_TOMBSTONE
	                      seen[op_id[s]] = TOMBSTONE;
#endif
	                      cancel_back[op_id[s]] = 1
	:: op[s] == CANCEL -> float_of[s] = float_of[s] - op_units[s]; cancel_back[op_id[s]] = op_units[s] + 1;
	                      in_transit = in_transit + op_units[s]
	:: op[s] == RECALL -> float_of[s] = float_of[s] - op_units[s]; recall_back[op_id[s]] = op_units[s] + 1;
	                      in_transit = in_transit + op_units[s]
	fi
}

inline begin(s, what, id, units)
{
	op[s] = what; op_id[s] = id; op_units[s] = units;
#ifdef SAYS_BEFORE_COMMIT
	leaves(s)
#endif
}

proctype Store(byte s)
{
	byte i, n;
	do
	/* a tap, a top-up */
	:: atomic { op[s] == NOTHING && float_of[s] > 0 -> begin(s, SPEND, 0, 1) }
	:: atomic { op[s] == NOTHING && credited < TOP_UPS -> begin(s, CREDIT, 0, 1) }
	/* a grant arrives: for the first time or once more */
	:: atomic { op[s] == NOTHING -> select(i : 0 .. GRANTS - 1);
		if
		:: grant_state[i] != UNKNOWN && grant_to[i] == s &&
#ifdef NO_ID_CHECK
		   seen[i] != TOMBSTONE
#else
		   seen[i] == UNKNOWN
#endif
		   -> begin(s, TAKE, i, grant_units[i])
		:: else
		fi; i = 0 }
	/* head office takes a grant back */
	:: atomic { op[s] == NOTHING -> select(i : 0 .. GRANTS - 1);
		if
		:: cancelled[i] && grant_to[i] == s && cancel_back[i] == 0 && seen[i] == UNKNOWN -> begin(s, BURY, i, 0)
		:: cancelled[i] && grant_to[i] == s && cancel_back[i] == 0 && seen[i] == TAKEN ->
			n = least(grant_units[i], float_of[s]); begin(s, CANCEL, i, n)
		:: else
		fi; i = 0; n = 0 }
	/* a recall */
	:: atomic { op[s] == NOTHING -> select(i : 0 .. RECALLS - 1);
		if
		:: recall_state[i] == OPEN && recall_to[i] == s && recall_back[i] == 0 ->
			n = least(recall_units[i], float_of[s]); begin(s, RECALL, i, n)
		:: else
		fi; i = 0; n = 0 }
	/* what is in memory becomes durable, then it is said; or the power fails before */
	:: atomic { op[s] != NOTHING ->
		commit(s);
#ifndef SAYS_BEFORE_COMMIT
		leaves(s);
#endif
		op[s] = NOTHING; op_id[s] = 0; op_units[s] = 0; SOUND }
	:: atomic { op[s] != NOTHING -> op[s] = NOTHING; op_id[s] = 0; op_units[s] = 0; SOUND }
	od
}

proctype HeadOffice()
{
	byte i, n;
	do
	/* grants, cancels, recalls: ids are used once */
	:: atomic { select(i : 0 .. GRANTS - 1);
		if
		:: grant_state[i] == UNKNOWN && pool > 0 && (i == 0 || grant_state[i - 1] != UNKNOWN) ->
			units_of(n); n = least(n, pool); pool = pool - n; in_transit = in_transit + n;
			grant_units[i] = n; grant_state[i] = OPEN; if :: grant_to[i] = 0 :: grant_to[i] = 1 fi; SOUND
		:: grant_state[i] == OPEN && !cancelled[i] -> cancelled[i] = true
		:: else
		fi; i = 0; n = 0 }
	:: atomic { select(i : 0 .. RECALLS - 1);
		if
		:: recall_state[i] == UNKNOWN ->
			units_of(recall_units[i]); recall_state[i] = OPEN; if :: recall_to[i] = 0 :: recall_to[i] = 1 fi
		:: else
		fi; i = 0 }
	/* a store's events are booked: each once */
	:: atomic { select(i : 0 .. GRANTS - 1);
		if
		:: grant_state[i] == OPEN && seen[i] == TAKEN -> grant_state[i] = TAKEN
		:: grant_state[i] == OPEN && seen[i] != TAKEN && cancel_back[i] == 1 ->
			grant_state[i] = RETURNED; pool = pool + grant_units[i];
			assert(in_transit >= grant_units[i]); in_transit = in_transit - grant_units[i]; SOUND
		:: seen[i] == TAKEN && cancel_back[i] > 0 && !cancel_booked[i] ->
#ifndef CREDIT_TWICE
			cancel_booked[i] = true;
#endif
			pool = pool + cancel_back[i] - 1;
			assert(in_transit >= cancel_back[i] - 1); in_transit = in_transit - (cancel_back[i] - 1); SOUND
		:: else
		fi; i = 0 }
	:: atomic { select(i : 0 .. RECALLS - 1);
		if
		:: recall_state[i] == OPEN && recall_back[i] > 0 ->
			recall_state[i] = TAKEN; pool = pool + recall_back[i] - 1;
			assert(in_transit >= recall_back[i] - 1); in_transit = in_transit - (recall_back[i] - 1); SOUND
		:: else
		fi; i = 0 }
#ifdef TIMED_RECLAIM
	/* "it has been silent for so long that it cannot matter any more" */
	:: atomic { select(i : 0 .. GRANTS - 1);
		if
		:: grant_state[i] == OPEN -> grant_state[i] = RETURNED; pool = pool + grant_units[i];
			assert(in_transit >= grant_units[i]); in_transit = in_transit - grant_units[i]; SOUND
		:: else
		fi; i = 0 }
#endif
	od
}

init { atomic { run HeadOffice(); run Store(0); run Store(1) } }
