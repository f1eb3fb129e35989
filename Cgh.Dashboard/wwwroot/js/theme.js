// Loaded before the body, so that a dark page does not flash white.
(() => {
  const key = 'cgh-theme';
  const system = matchMedia('(prefers-color-scheme: dark)');
  const systemTheme = () => (system.matches ? 'dark' : 'light');
  const current = () => localStorage.getItem(key) ?? systemTheme();

  const apply = () => {
    document.documentElement.dataset.bsTheme = current();
    document.dispatchEvent(new CustomEvent('cgh-theme'));
  };

  system.addEventListener('change', apply);
  addEventListener('storage', apply);
  document.addEventListener('click', event => {
    if (!event.target.closest('[data-theme-toggle]')) {
      return;
    }
    const chosen = current() === 'dark' ? 'light' : 'dark';
    // Choosing the system's theme means following the system again.
    if (chosen === systemTheme()) {
      localStorage.removeItem(key);
    } else {
      localStorage.setItem(key, chosen);
    }
    apply();
  });
  apply();
})();
