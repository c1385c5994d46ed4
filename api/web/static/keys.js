// Keys for links and buttons that name one: <a data-key="KeyN"> is followed by Alt + N.
// With Alt, so that no letter of a text is taken for it (WCAG 2.2, 2.1.4).
document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.code)}"]`);
    if (target === null) return;
    event.preventDefault();
    target.click();
});
