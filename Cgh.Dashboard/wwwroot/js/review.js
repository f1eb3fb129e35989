// Keys of the page that reviews labels. Moving is done here, so that it does not wait for the server; decisions are sent to LabelsPage.razor.cs.
const reviewerKey = 'cgh-reviewer';

export const reviewer = () => localStorage.getItem(reviewerKey);
export const setReviewer = name => localStorage.setItem(reviewerKey, name);

const isTyping = element => element.closest('input, select, textarea, [contenteditable]') !== null;
const isPressed = element => element.closest('button, a, summary, label') !== null;

export const attach = (root, page) => {
  // The card that had the focus last; the server marks it later.
  let last = null;
  // An undo, which says to which card the next key belongs.
  let pending = null;
  // While the server opens the list of classes or another page, keys are not meant for the card.
  let ignoreUntil = 0;
  const cards = () => [...root.querySelectorAll('[data-index]')];
  const current = () => (last?.isConnected ? last : root.querySelector('[aria-selected=true]'));
  const find = index => root.querySelector(`[data-index="${index}"]`);
  const columns = all => Math.max(1, all.filter(card => card.offsetTop === all[0].offsetTop).length);

  const focus = card => {
    last = card;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: 'nearest' });
  };

  const wait = () => { ignoreUntil = performance.now() + 1500; };
  const hasPage = by => root.querySelector('.review-grid')?.dataset[by > 0 ? 'next' : 'previous'] === 'true';

  const turn = by => {
    if (hasPage(by)) {
      wait();
      page.invokeMethodAsync('Turn', by);
    }
  };

  // By a number of cards; beyond the first or last, the page turns.
  const move = by => {
    const all = cards();
    const card = current();
    const to = all.indexOf(card) + by;
    if (!card || (to >= 0 && to < all.length)) {
      focus(all[card ? to : 0]);
    } else if (Math.abs(by) === 1) {
      turn(by);
    }
  };

  const moves = {
    ArrowLeft: () => -1,
    ArrowRight: () => 1,
    ArrowUp: all => -columns(all),
    ArrowDown: all => columns(all),
    j: () => 1,
    k: () => -1,
  };

  const pages = { PageUp: -1, PageDown: 1 };
  const advances = ['a', 'Enter', 'u'];
  const decisions = [...advances, 'c', 'z', 'o'];

  const decide = key => {
    const all = cards();
    const card = current();
    if (!card) {
      return;
    }
    const name = document.getElementById('reviewer');
    if (name) {
      name.focus();
      page.invokeMethodAsync('MissName');
      return;
    }
    const pressed = page.invokeMethodAsync('Press', key, Number(card.dataset.index));
    if (key === 'z') {
      pending = pressed.catch(() => null).then(index => {
        pending = null;
        const undone = index === null ? null : find(index);
        if (undone) {
          focus(undone);
        }
      });
    } else if (key === 'c') {
      wait();
    } else if (advances.includes(key) && card !== all[all.length - 1]) {
      move(1);
    } else if (advances.includes(key) && hasPage(1)) {
      // The server turns the page.
      wait();
    }
  };

  const press = key => {
    if (pending) {
      pending.then(() => press(key));
    } else if (key in moves) {
      move(moves[key](cards()));
    } else if (key in pages) {
      turn(pages[key]);
    } else {
      decide(key);
    }
  };

  const onFocus = event => {
    last = event.target.closest('[data-index]') ?? last;
    ignoreUntil = 0;
  };

  const onKey = event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) {
      return;
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const isDecision = decisions.includes(key);
    if (cards().length === 0 || !(key in moves || key in pages || isDecision) || (key === 'Enter' && isPressed(event.target))) {
      return;
    }
    event.preventDefault();
    if (performance.now() < ignoreUntil || (isDecision && event.repeat)) {
      return;
    }
    press(key);
  };

  root.addEventListener('focusin', onFocus);
  document.addEventListener('keydown', onKey);
  return {
    focus: index => {
      const card = find(index);
      if (card) {
        focus(card);
      }
    },
    reveal: index => {
      last = find(index) ?? last;
      last?.scrollIntoView({ block: 'nearest' });
    },
    detach: () => {
      root.removeEventListener('focusin', onFocus);
      document.removeEventListener('keydown', onKey);
    },
  };
};
