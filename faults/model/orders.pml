/* Placing, confirming, paying, canceling and refunding, as the code does them, for every interleaving.

   Each order wants a piece of a counted product and a number of a numbered one. A transaction writes nothing before its
   COMMIT, holds its row locks until then, and reads what is committed at each statement (READ COMMITTED). A process may
   die at each step: its locks go, and what it had not committed never was. Hints get lost, events come twice and late,
   customers pay an order that is given up meanwhile. docs/model.md says which line of code is which step, and which
   promise each of the switches below breaks when it is taken out.

   Bounds: so many orders, of which the first PLACED are pending when it begins, and the first PAYERS may be paid; WORKERS;
   deaths. */

#ifndef ORDERS
#define ORDERS 2
#endif
#ifndef PIECES
#define PIECES 2
#endif
#ifndef NUMBERS
#define NUMBERS 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef PLACED
#define PLACED 0
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef PAYERS
#define PAYERS ORDERS
#endif

mtype = { none, pending, pay_required, not_confirmed, paid, refund, canceled };

/* What is committed. */
mtype status[ORDERS] = none;
byte stock = PIECES;        /* catalog_product.stock_quantity */
byte taken[ORDERS];         /* movements of each kind */
byte given_back[ORDERS];
byte holder[NUMBERS];       /* orders_allocation: 0, or the order + 1 */
byte captured[ORDERS];      /* orders_ledgerentry */
byte returned[ORDERS];
bool refunding[ORDERS];     /* orders_refund, asked */
bool event[ORDERS];         /* orders_providerevent that nobody acted upon */
bool hint[ORDERS];          /* a message of the broker: confirm this one */

/* What the world outside knows. */
bool told[ORDERS];          /* a customer had the answer 201 */
byte paid_at[ORDERS];       /* at the provider: captured, returned */
byte returned_at[ORDERS];
bool key_used[ORDERS];      /* the idempotency key of the refund */

/* Row locks: 0, or the process + 1. */
byte customer[ORDERS];
byte order[ORDERS];
byte counted;               /* the counted product comes first in id order */
byte numbered;

byte crashes = CRASHES;
byte outside;               /* customers and payers that have not ended yet */
byte workers = WORKERS;
byte placing;               /* customers among them */

#define LOCKED(row)  row == 0 -> row = _pid + 1
#define LOCK(row)    atomic { LOCKED(row) }
#define RELEASE(row) row = (row == _pid + 1 -> 0 : row)

/* The end of a transaction that wrote nothing, and of a process that died. */
inline rollback(i) {
  RELEASE(customer[i]); RELEASE(order[i]); RELEASE(counted); RELEASE(numbered)
}

/* A process dies here, or goes on. */
#define MAY_DIE(i, away) if :: atomic { crashes > 0 -> crashes--; rollback(i); goto away } :: skip fi

/* The lowest number that is free, or NUMBERS. */
#define PICK \
  pick = 0; \
  do \
  :: pick < NUMBERS && holder[pick] != 0 -> pick++ \
  :: else -> break \
  od

/* The broker may be away. */
#ifdef HINTS_ALONE
#define LEAVE_HINT(i) if :: hint[i] = true :: skip fi
#else
#define LEAVE_HINT(i) skip
#endif

/* give_back: in the transaction that ends an order, so exactly once. The caller has locked what is given back. */
inline give_back(i) {
  stock++; given_back[i]++;
  n = 0;
  do
  :: n < NUMBERS -> if :: holder[n] == i + 1 -> holder[n] = 0 :: else fi; n++
  :: else -> n = 0; break
  od
}

/* A customer places a preview, and once more if there was no answer. Twins place the same one. */
proctype client(byte i) {
  byte tries = 0;
  bool enough;
again:
  if
  :: tries == 2 -> goto over
  :: else -> tries++
  fi;
  atomic {
    LOCKED(customer[i]);
    enough = stock > 0                              /* statements.look */
  };
  if
  :: !enough -> goto refused
  :: else
  fi;
#ifndef NO_PRIMARY_KEY
  atomic {
    LOCKED(order[i]);                               /* INSERT waits for a twin's, and then finds its row */
    if :: status[i] != none -> goto refused :: else fi
  };
#endif
  atomic {
    LOCKED(counted);                                /* inventory.take */
#ifndef NO_RECHECK
    enough = stock > 0;
#endif
    if :: !enough -> goto refused :: else fi
  };
  MAY_DIE(i, again);
  atomic {                                          /* COMMIT */
    assert(stock > 0);                              /* catalog_product_stock_not_negative */
    status[i] = pending; stock--; taken[i]++;
    LEAVE_HINT(i);
    rollback(i)
  };
  MAY_DIE(i, again);                                /* committed, and no answer */
  atomic { told[i] = true; goto over };
refused:
  atomic {
    rollback(i);
    if
    :: status[i] != none -> told[i] = true          /* _earlier: the order that a twin, or an answer lost on the way, made */
    :: else
    fi
  };
over:
  atomic { placing--; outside-- }
}

/* confirm_order: of those that got no number together with others, each by itself. */
inline confirm(i) {
  atomic {
#ifndef NO_ORDER_LOCK
    LOCKED(order[i]);
#endif
    if :: status[i] != pending -> rollback(i); goto next :: else fi
  };
#if !defined(NUMBERS_FIRST) && !defined(PICKED_WITHOUT_LOCK)
  LOCK(counted);
#endif
  atomic {
    LOCKED(numbered);
    PICK;                                           /* inventory.pick */
#ifdef PICKED_WITHOUT_LOCK
    RELEASE(numbered)
#endif
  };
  MAY_DIE(i, next);
#if defined(NUMBERS_FIRST) || defined(PICKED_WITHOUT_LOCK)
  if :: pick == NUMBERS -> LOCK(counted) :: else fi;
#endif
  atomic {
    if
    :: pick < NUMBERS ->
       assert(holder[pick] == 0);                   /* unique in orders_allocation: a number is in one hand */
       holder[pick] = i + 1; status[i] = pay_required
    :: else -> status[i] = not_confirmed; give_back(i)
    fi;
    rollback(i)
  }
}

/* _confirm_together: those that nobody has in hand, in one transaction. Who gets no number is left for `confirm`. */
inline confirm_together() {
  atomic {                                          /* TAKE: FOR NO KEY UPDATE SKIP LOCKED */
    for (i : 0 .. ORDERS - 1) {
      if :: status[i] == pending && order[i] == 0 -> order[i] = _pid + 1 :: else fi
    }
  };
  atomic {
    LOCKED(numbered);
    pick = 0;
    for (i : 0 .. ORDERS - 1) {                     /* allocate: one after the other */
      if
      :: order[i] == _pid + 1 ->
         do
         :: pick < NUMBERS && holder[pick] != 0 -> pick++
         :: else -> break
         od;
         picked[i] = pick;
         pick = (pick < NUMBERS -> pick + 1 : pick)
      :: else
      fi
    }
#ifdef PICKED_WITHOUT_LOCK
    RELEASE(numbered)
#endif
  };
  if
  :: atomic { crashes > 0 -> crashes--; i = 0; give_up_all(); goto next }
  :: skip
  fi;
#ifdef REFUSED_TOGETHER
  LOCK(counted);
#endif
  atomic {
    for (i : 0 .. ORDERS - 1) {
      if
      :: order[i] == _pid + 1 && picked[i] < NUMBERS ->
         assert(holder[picked[i]] == 0);            /* unique in orders_allocation */
         holder[picked[i]] = i + 1; status[i] = pay_required
#ifdef REFUSED_TOGETHER
      :: order[i] == _pid + 1 && picked[i] == NUMBERS -> status[i] = not_confirmed; give_back(i)
#endif
      :: else
      fi
    }
    give_up_all()
  }
}

/* The end of a transaction that has several orders. */
inline give_up_all() {
  for (i : 0 .. ORDERS - 1) { RELEASE(order[i]); picked[i] = 0 }
  RELEASE(counted); RELEASE(numbered)
}

/* The customer, staff or the clock give up an order that is not paid. */
inline cancel(i) {
#ifdef STATUS_READ_BEFORE_THE_LOCK
  LOCK(order[i]);
  atomic {
#else
  atomic {
    LOCKED(order[i]);
    if :: status[i] != pay_required -> rollback(i); goto next :: else fi;
#endif
    known = event[i];
#ifndef BLIND_SWEEP
    /* What is known is acted upon before anything is given up. */
    if :: known -> rollback(i); goto next :: else fi
#endif
  };
  LOCK(counted);
  LOCK(numbered);
  MAY_DIE(i, next);
  atomic {
    assert(!known);                                 /* the customer had paid, and the shop knew it */
    status[i] = canceled; give_back(i);
    rollback(i)
  }
}

/* record_capture: an event is acted upon, perhaps twice. */
inline act(i) {
  atomic {
#ifndef NO_ORDER_LOCK_OF_EVENTS
    LOCKED(order[i]);
#endif
#ifndef NOT_TOLD_ONCE
    enough = captured[i] > 0                        /* the same reference is the same money */
#endif
  };
  MAY_DIE(i, next);
  atomic {
    event[i] = false;
    if
    :: enough
    :: !enough && status[i] == pay_required -> captured[i]++; status[i] = paid
    :: else -> captured[i]++; refunding[i] = true   /* late: it goes back by itself */
    fi;
    rollback(i)
  }
}

/* ask_refund: Paid -> Refund, and the attempt to return the money, in one transaction. */
inline ask_refund(i) {
  atomic {
    LOCKED(order[i]);
    if
    :: status[i] != paid
    :: else -> status[i] = refund; refunding[i] = true
    fi;
    rollback(i)
  }
}

/* work_on: the provider is asked without a lock, and its answer noted under one. It may be asked twice, by the same key. */
inline return_money(i) {
  atomic {
#ifdef NO_KEY
    returned_at[i]++;
#else
    returned_at[i] = (key_used[i] -> returned_at[i] : returned_at[i] + 1);
#endif
    key_used[i] = true
  };
  MAY_DIE(i, next);                                 /* the money is back, and it is not noted */
  atomic {
#ifndef NO_ORDER_LOCK_OF_REFUNDS
    LOCKED(order[i]);
#endif
    if :: !refunding[i] -> rollback(i); goto next :: else fi
  };
  if
  :: status[i] == refund -> LOCK(counted); LOCK(numbered)
  :: else
  fi;
  MAY_DIE(i, next);
  atomic {
    refunding[i] = false; returned[i]++;
    if
    :: status[i] == refund -> status[i] = canceled; give_back(i)
    :: else
    fi;
    rollback(i)
  }
}

#ifdef HINTS_ALONE
#define DUE(i) (status[i] == pending && hint[i])
#else
#define DUE(i) (status[i] == pending)               /* the sweep finds it */
#endif
#define TOLD(i) (event[i])
#define ASKED(i) (refunding[i])
#define UNPAID(i) (status[i] == pay_required)
#define PAID(i) (status[i] == paid)
/* One of the orders of which this holds. */
#define SOME(what) atomic { what(0) || what(ORDERS - 1) || what(ORDERS / 2) -> \
  if :: what(0) -> i = 0 :: what(ORDERS - 1) -> i = ORDERS - 1 :: what(ORDERS / 2) -> i = ORDERS / 2 fi }
#define AT_REST(i) (!DUE(i) && !event[i] && !refunding[i] && status[i] != pay_required && status[i] != refund)

proctype worker() {
  byte i, n, pick;
  byte picked[ORDERS];
  bool enough, known;
next:
  atomic { i = 0; n = 0; pick = 0; enough = false; known = false };
  if
  :: atomic { outside == 0 && AT_REST(0) && AT_REST(ORDERS - 1) && AT_REST(ORDERS / 2) -> workers--; goto over }
  :: SOME(DUE) -> confirm_together()                /* by a hint or by the sweep */
  :: SOME(DUE) -> confirm(i)
  :: SOME(TOLD) -> act(i)
  :: SOME(ASKED) -> return_money(i)
  :: SOME(UNPAID) -> cancel(i)                      /* its time may be over at any moment */
  :: SOME(PAID) -> ask_refund(i)                    /* by customer or staff, who need not */
  fi;
  goto next;
over:
  skip
}

/* A customer pays an order that asked for it once, now or much later, or never. The provider tells of it, perhaps twice. */
proctype payer(byte i) {
  if
  :: status[i] == pay_required ->
     atomic { paid_at[i]++; event[i] = true };
     if :: event[i] = true :: skip fi
  :: status[i] != none && status[i] != pending
  :: placing == 0                                   /* the order never came */
  fi;
  outside--
}

inline explained(i) {
  assert(!told[i] || status[i] != none);            /* what was accepted is there */
  assert(WORKERS == 0 || status[i] != pending && status[i] != refund);   /* and is not left waiting */
  assert(taken[i] == (status[i] == none -> 0 : 1));                      /* once */
  assert(given_back[i] == (status[i] == canceled || status[i] == not_confirmed -> 1 : 0));
  assert(captured[i] == paid_at[i] && returned[i] == returned_at[i]);    /* books and provider agree */
  assert(captured[i] - returned[i] == (status[i] == paid -> 1 : 0));     /* paid for, or returned */
  held = 0; n = 0;
  do
  :: n < NUMBERS -> held = held + (holder[n] == i + 1 -> 1 : 0); n++
  :: else -> break
  od;
  assert(held == (status[i] == paid -> 1 : 0));
  kept = kept + taken[i] - given_back[i]
}

init {
  byte i, n, held, kept;
  atomic {
    for (i : 0 .. ORDERS - 1) {
      if
      :: i < PLACED -> status[i] = pending; stock--; taken[i]++; told[i] = true
      :: else -> run client(i); placing++; outside++
      fi;
      if
      :: WORKERS > 0 && i < PAYERS -> run payer(i); outside++
      :: else
      fi
    }
    if
    :: PLACED < ORDERS -> run client(ORDERS - 1); placing++; outside++         /* the twin of the last */
    :: else
    fi;
    i = 0;
    do
    :: i < WORKERS -> run worker(); i++
    :: else -> break
    od
  }
  outside == 0 && workers == 0;
  atomic {
    for (i : 0 .. ORDERS - 1) { explained(i) }
    assert(stock + kept == PIECES)
  }
}
