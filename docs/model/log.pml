/* Append, publish, follow: a municipality's log, those who write to it and one who follows it.
 *
 * What must hold, whatever is lost, repeated, put in another order or killed:
 *   - a key is appended once, however often its command is repeated, by however many processes;
 *   - what was acknowledged is in the log and on disk from then on;
 *   - a follower takes in every fact once, in order, without a hole, and as the log has it;
 *   - every command is acknowledged, and the follower reaches the head, in the end (ltl below).
 * BUG_… plants a mistake that must be found; README.md lists them and says what is left out.
 */

#ifndef KEYS
#define KEYS 3          /* commands; two clients share them, each gives its own in turn */
#endif
#ifndef CLIENTS
#define CLIENTS 2
#endif
#ifndef GIVE_UPS
#define GIVE_UPS 1      /* a client's deadline passes while its command is under way */
#endif
#ifndef LOST_REPLIES
#define LOST_REPLIES 1  /* Redis carried it out; its answer never came */
#endif
#ifndef COMMITTER_CRASHES
#define COMMITTER_CRASHES 1
#endif
#ifndef REDIS_CRASHES
#define REDIS_CRASHES 1
#endif
#ifndef POWER_CUTS
#define POWER_CUTS 1
#endif
#ifndef FOLLOWER_CRASHES
#define FOLLOWER_CRASHES 1
#endif
#define NONE 255

/* Redis: {k}:log as keys of facts, {k}:log:keys:<week>, and how much of it is on disk. */
byte entry[KEYS + 2];
byte head, disk;
byte remembered[KEYS + 1];
bool dirty;             /* something was written since the last flush */
byte redis_life;        /* a new one with every crash: connections of the old are dead */

/* The bus: what was ever published, by number. A follower may be given any of it at any time, any
 * number of times, in any order, or never: that is loss, repetition and reordering in one. */
byte published[KEYS + 2];

/* A client's call: which committer works on it, and what it was told. */
byte calls[2];          /* committer that client c waits for; NONE */
byte told[KEYS + 1];    /* number that a key's client was told; 0: nothing yet */

/* A committer's work. */
byte work[2];           /* key; 0: idle */
byte caller[2];

byte give_ups = GIVE_UPS, lost = LOST_REPLIES, committer_crashes = COMMITTER_CRASHES;
byte redis_crashes = REDIS_CRASHES, power_cuts = POWER_CUTS, follower_crashes = FOLLOWER_CRASHES;

/* The follower, and its snapshot in Redis. `taken` is the fold: which numbers are in it. */
byte position, saved_position;
short taken, saved_taken;
bool look_due;

#define BIT(n) (1 << (n))

/* append_call.cc, append(): runs alone and to its end. */
inline append(key, seq, repeated) {
  d_step {
#ifndef BUG_NO_KEY
    if
    :: remembered[key] != 0 -> seq = remembered[key]; repeated = true;
#ifndef BUG_REPEAT_UNWRITTEN
      dirty = true                   /* written once more: a killed Redis has read it, not synced */
#endif
    :: else ->
#endif
      assert(remembered[key] == 0);  /* a key is appended once */
      head++;
      dirty = true;
      entry[head] = key;
      remembered[key] = head;
      seq = head;
      repeated = false
#ifndef BUG_NO_KEY
    fi
#endif
  }
}

inline flush() {
  if
  :: dirty -> disk = head; dirty = false
  :: else
  fi
}

/* An idempotent command's client: DESIGN.md, "unknown outcome: repeat with the same key". */
proctype Client(byte me) {
  byte key = me + 1, to;
  do
  :: key > KEYS -> break
  :: else ->
again:
    atomic {
      if
      :: work[0] == 0 -> to = 0
      :: work[0] != 0 && work[1] == 0 -> to = 1     /* the two are alike */
      fi;
      work[to] = key; caller[to] = me; calls[me] = to
    }
    if
    :: told[key] != 0
    :: atomic { calls[me] == NONE && told[key] == 0 -> goto again }    /* its process died */
    :: atomic { give_ups > 0 && told[key] == 0 && calls[me] != NONE ->
        give_ups--; calls[me] = NONE; goto again }
    fi;
    key = key + CLIENTS
  od
}

/* committer.cc. One append at a time; a batch is several of them with one flush. What happens
 * between two of its steps may happen to it: its process dies, Redis dies, the answer is lost. */
#define DIES committer_crashes > 0 -> committer_crashes--; goto died

inline forget() {
  work[me] = 0; seq = 0; sends = 0; life = 0; repeated = false
}

proctype Committer(byte me) {
  byte seq, sends, life;
  bool repeated;
end:
idle:
  atomic { work[me] != 0 -> skip };
send:
  atomic {                          /* Committer::Commit */
    life = redis_life;
    append(work[me], seq, repeated);
    if :: sends < 2 -> sends++ :: else fi;
#ifdef BUG_PUBLISH_EARLY
    published[seq] = work[me]
#endif
  }
  atomic {
    if
    :: life != redis_life -> goto send          /* Settle: UNAVAILABLE, send again */
    :: life == redis_life -> skip
#ifndef BUG_NO_FSYNC
      ; flush()     /* appendfsync always: Redis flushes what it wrote before it answers */
#endif
    :: DIES
    fi
  }
  atomic {
    if
    :: lost > 0 -> lost--; goto send
    :: DIES
    :: true ->                      /* the answer is here; Answer(): published, then told */
#ifndef BUG_PUBLISH_EARLY
      if
      :: !repeated || sends > 1 -> published[seq] = work[me]  /* IsOwn: same key, same facts */
      :: else
      fi
#endif
    fi
  }
  atomic {
    if
    :: DIES
    :: true ->
      if
      :: calls[caller[me]] == me ->
        assert(told[work[me]] == 0 || told[work[me]] == seq);
        told[work[me]] = seq;
        calls[caller[me]] = NONE
      :: else                       /* the client has gone */
      fi;
      forget();
      goto idle
    fi
  }
died:
  atomic {
    if
    :: calls[caller[me]] == me -> calls[caller[me]] = NONE
    :: else
    fi;
    forget();
    goto idle
  }
}

/* kill -9: what was written and not synced is still with the kernel, and is read again. A power cut:
 * it is gone. What anybody was told is there either way. */
proctype RedisFault() {
  byte n;
end:
  do
  :: redis_crashes > 0 ->
    d_step {
      redis_crashes--;
      redis_life++;
      dirty = false
    }
  :: power_cuts > 0 ->
    d_step {
      power_cuts--;
      redis_life++;
      dirty = false;
      do
      :: head > disk -> remembered[entry[head]] = 0; entry[head] = 0; head--
      :: else -> break
      od;
      n = 1;
      do
      :: n <= KEYS -> assert(told[n] == 0 || entry[told[n]] == n); n++
      :: else -> break
      od;
      n = 0
    }
  od
}

/* Followed::Apply, with what a fold may rely on. */
inline apply(n, key) {
  assert(n == position + 1);        /* no hole */
  assert((taken & BIT(n)) == 0);    /* never twice */
  assert(taken == BIT(position + 1) - 2);  /* the fold is exactly what lies up to its position */
  assert(entry[n] == key);          /* what the log has there */
  taken = taken | BIT(n);
  position = n
}

/* Replay::CatchUp. An answer to a read too waits for the flush. Nobody sees the follower between two
 * facts of what it read, so that taking them in is one step. */
inline catch_up() {
  if
  :: position < head -> flush()
  :: else
  fi;
  do
  :: position < head -> apply(position + 1, entry[position + 1])
  :: position >= head -> break
  od
}

/* Follower::Impl::Take. */
inline take(n) {
  if
#ifndef BUG_NO_DROP
  :: n <= position
#else
  :: n <= position -> apply(n, published[n])
#endif
  :: n == position + 1 -> apply(n, published[n])
#ifndef BUG_NO_GAP
  :: n > position + 1 -> catch_up()
#else
  :: n > position + 1 -> apply(n, published[n])
#endif
  fi
}

#ifdef LIVENESS
/* options.look: a second has passed. Where only safety is asked, a look may come at any time. */
#define TIME_TO_LOOK look_due
proctype Timer() {
  do
  :: !look_due -> look_due = true
  od
}
#else
#define TIME_TO_LOOK position != head
#endif

/* Follower::Impl::Loop. */
proctype Follower() {
start:
  atomic {                          /* Replay::Open: the snapshot, then the log */
    position = saved_position; taken = saved_taken; look_due = false;
    assert(position <= head);       /* Replay::Restore: else LostTail, and nobody gets on */
    catch_up()
  }
end:
  do
#ifndef BUG_NO_LOOK
  :: atomic { TIME_TO_LOOK ->       /* Look, LookAt */
      look_due = false;
      if
      :: position > head -> goto start    /* LostTail: it refuses, until it is started again */
      :: else -> catch_up()
      fi
    }
#endif
  :: atomic { !look_due && published[1] != 0 -> take(1) }
  :: atomic { !look_due && published[2] != 0 -> take(2) }
#if KEYS > 2
  :: atomic { !look_due && published[3] != 0 -> take(3) }
#endif
  :: atomic { saved_position < position && position <= head ->    /* Replay::Save: one HSET */
      disk = head; dirty = false;   /* a write: all of the file is on disk with it */
      saved_position = position;
#ifdef BUG_SNAPSHOT_APART
      if
      :: follower_crashes > 0 -> follower_crashes--; goto start
      :: true
      fi;
#endif
      saved_taken = taken
    }
  :: atomic { follower_crashes > 0 -> follower_crashes--; goto start }
  od
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
  atomic {
    calls[0] = NONE; calls[1] = NONE;
    run Client(0);
#if CLIENTS > 1
    run Client(1);
#endif
    run Committer(0); run Committer(1);
    run RedisFault();
    run Follower()
#ifdef LIVENESS
    ; run Timer(); run Clockwork()
#endif
  }
}

#ifdef LIVENESS
/* Every command is acknowledged, and head look or bus bring every follower to the head. */
ltl gets_there { <>[] (position == head && told[1] != 0 && told[2] != 0) }
#endif
