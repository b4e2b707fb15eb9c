import { z } from 'zod';

// The page's policy allows no code made at run time, which zod would otherwise use for speed. It looks
// whether it may as soon as the first schema is made: this module has to come before all others.
z.config({ jitless: true });
