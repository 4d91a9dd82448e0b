/* Plan, send, record: how an alert's messages come to their recipients.
 *
 * What must hold, whoever is killed when:
 *   - no part of an alert is planned twice, however many planners there are;
 *   - a message is handed over again only after a sender died between handing over and recording,
 *     once for each such death, and with the same id;
 *   - a message is never lost: each is handed over and recorded in the end (ltl below).
 * BUG_… plants a mistake that must be found; README.md lists them and says what is left out.
 */

#define MESSAGES 2         /* parts of plans; a part is one recipient here */
#ifndef PLANNER_CRASHES
#define PLANNER_CRASHES 1
#endif
#ifndef SENDER_CRASHES
#define SENDER_CRASHES 2
#endif
#ifndef LATERS
#define LATERS 1           /* a provider says: not now */
#endif
#define NOBODY 255

/* Redis. */
byte at;                   /* {k}:planner: parts planned so far */
byte planned[MESSAGES];    /* DeliveriesPlanned in {k}:deliveries */
bool recorded[MESSAGES];   /* DeliverySent */
bool held[MESSAGES];       /* {k}:held */
bool queued[MESSAGES];     /* {k}:outbox:<channel>, not yet taken */
bool taken[MESSAGES];      /* … in somebody's hands: the group's pending entries */
byte owner[MESSAGES];

/* The provider, and the deaths that excuse a repeat. */
byte handed[MESSAGES];
byte id_of[MESSAGES];
byte excused[MESSAGES];
byte fresh = 100;

byte planner_crashes = PLANNER_CRASHES, sender_crashes = SENDER_CRASHES, laters = LATERS;
byte consumer[2];          /* a sender's name; a new one in every life */
byte names = 2;

/* outbox.cc commit(), condition 'position', effects 'fact' and 'send'. `done`: it held. */
inline plan(seen, done) {
#ifdef BUG_TWO_STEPS
  atomic { at == seen -> at = seen + 1 };
  if
  :: atomic { planner_crashes > 0 -> planner_crashes--; goto start }
  :: true
  fi;
  atomic { planned[seen]++; queued[seen] = true; done = true }
#else
  d_step {
    if
#ifndef BUG_NO_CAS
    :: at != seen -> done = false
    :: else ->
#else
    :: true ->
#endif
      at = seen + 1;
      planned[seen]++;
      assert(planned[seen] == 1);  /* nothing is planned twice */
      queued[seen] = true;
      done = true
    fi
  }
#endif
}

/* engine.cc: PlanNext, ReleaseDue. It remembers nothing, so a death anywhere is a new beginning, and
 * so is an answer that does not come. */
proctype Planner() {
  byte seen, m;
  bool done;
start:
end:
  do
  :: at < MESSAGES ->
    seen = at;             /* Outbox::Position */
    if
    :: atomic { planner_crashes > 0 -> planner_crashes--; goto start }
    :: true
    fi;
    if
    :: seen < MESSAGES -> plan(seen, done)
    :: else
    fi
  :: held[0] -> m = 0; goto release
  :: held[1] -> m = 1; goto release
  od;
release:
  skip;                    /* condition 'held': ZREM says whether this one took it out */
  d_step {
    if
    :: held[m] -> held[m] = false; queued[m] = true
    :: else
    fi;
    m = 0
  };
  goto start
}

/* condition 'taken': XACK says whether it was still there. */
inline finish(m, sent) {
  d_step {
    if
    :: taken[m] ->
      taken[m] = false;
      owner[m] = NOBODY;
      if
      :: sent -> recorded[m] = true
      :: else -> held[m] = true
      fi
    :: else
    fi
  }
}

/* provider: handed over, under an id. */
inline hand_over(m) {
  d_step {
#ifdef BUG_NEW_ID
    fresh++;
    assert(handed[m] == 0 || id_of[m] == fresh);
    id_of[m] = fresh;
#else
    assert(handed[m] == 0 || id_of[m] == m + 1);  /* MessageId: of alert, version, person, channel */
    id_of[m] = m + 1;
#endif
    handed[m]++;
    assert(handed[m] <= 1 + excused[m])
  }
}

/* claim_after is longer than any one sending lasts: who had an entry for so long is dead. */
#ifndef BUG_CLAIM_FROM_THE_LIVING
#define LEFT(m) (taken[m] && owner[m] != consumer[0] && owner[m] != consumer[1])
#else
#define LEFT(m) (taken[m] && owner[m] != consumer[me])
#endif

/* sender.cc: RunOnce takes, ClaimOnce takes over; Handle and Finish. */
proctype Sender(byte me) {
  byte m;
end:
top:
  if
  :: atomic { queued[0] -> m = 0; queued[m] = false; taken[m] = true; owner[m] = consumer[me] }
  :: atomic { queued[1] -> m = 1; queued[m] = false; taken[m] = true; owner[m] = consumer[me] }
#ifndef BUG_NO_CLAIM
  :: atomic { LEFT(0) -> m = 0; owner[m] = consumer[me] }
  :: atomic { LEFT(1) -> m = 1; owner[m] = consumer[me] }
#endif
  fi;
  if
  :: atomic { sender_crashes > 0 -> sender_crashes--; goto died }
  :: true
  fi;
#ifdef BUG_RECORD_FIRST
  finish(m, true);
  if
  :: atomic { sender_crashes > 0 -> sender_crashes--; goto died }
  :: true
  fi;
  hand_over(m);
  goto next;
#endif
  if
  :: hand_over(m);
    if
    :: atomic { sender_crashes > 0 -> sender_crashes--; excused[m]++; goto died }
    :: true
    fi;
    finish(m, true)
  :: atomic { laters > 0 -> laters-- };   /* AfterFailure: held until its next attempt */
    finish(m, false)
  fi;
  goto next;
died:
  skip;                    /* its entry stays with the name it had */
  d_step { consumer[me] = names; names++ };
next:
  m = 0;
  goto top
}

#ifdef LIVENESS
/* Time goes on where nothing else does, so that standing still for ever is a run like any other. */
bool tick;
proctype Clockwork() {
  do
  :: tick = !tick
  od
}
#endif

init {
  byte i;
  atomic {
    i = 0;
    do
    :: i < MESSAGES -> owner[i] = NOBODY; i++
    :: else -> break
    od;
    consumer[0] = 0; consumer[1] = 1;
    run Planner(); run Planner();
    run Sender(0); run Sender(1)
#ifdef LIVENESS
    ; run Clockwork()
#endif
  }
}

#ifdef LIVENESS
/* No delivery is lost. */
#define ALL_THERE (handed[0] > 0 && recorded[0] && handed[1] > 0 && recorded[1])
ltl all_there { <>[] ALL_THERE }
#endif
