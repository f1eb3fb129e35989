// Blazor reconnects by itself; these are the two cases that need a page reload.
(() => {
  const notice = document.getElementById('components-reconnect-modal');
  notice.addEventListener('components-reconnect-state-changed', event => {
    // The dashboard has restarted and no longer knows this page.
    if (event.detail.state === 'rejected') {
      location.reload();
    }
  });
  notice.querySelector('button').addEventListener('click', () => location.reload());
})();
