// Blazor tries to connect again by itself; these are the two ends of that which need a new page.
(() => {
  const notice = document.getElementById('components-reconnect-modal');
  notice.addEventListener('components-reconnect-state-changed', event => {
    // The dashboard is back but has forgotten this page, as after a restart: what it showed is read anew.
    if (event.detail.state === 'rejected') {
      location.reload();
    }
  });
  notice.querySelector('button').addEventListener('click', () => location.reload());
})();
