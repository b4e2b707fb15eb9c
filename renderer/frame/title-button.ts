/** How the buttons of the title bar that open a menu look. */
export const TITLE_BUTTON =
  'inline-flex h-8.5 max-w-64 items-center gap-2 rounded-lg px-2.5 text-base font-medium text-rail-ink transition-colors hover:bg-hover hover:text-ink data-[state=open]:bg-hover';
