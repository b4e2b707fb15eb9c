import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';

interface MenuItem {
  readonly label?: string;
  readonly type?: string;
  readonly role?: string;
  readonly click?: () => void;
}

export class Menu {
  static application: Menu | null = null;
  readonly items: readonly MenuItem[];

  private constructor(items: readonly MenuItem[]) {
    this.items = items;
  }

  static buildFromTemplate(items: readonly MenuItem[]): Menu {
    return new Menu(items);
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.application = menu;
  }
}

interface Image {
  isEmpty(): boolean;
  resize(size: { height?: number; width?: number }): Image;
}

export const nativeImage = {
  createFromPath(file: string): Image {
    const isPng = readFileSync(file).subarray(1, 4).toString('latin1') === 'PNG';
    const image: Image = { isEmpty: () => !isPng, resize: () => image };
    return image;
  },
};

export class Tray extends EventEmitter {
  static current: Tray | undefined;
  toolTip = '';
  menu: Menu | undefined;

  constructor(image: Image) {
    super();
    if (image.isEmpty()) throw new Error('Failed to load the image of the tray');
    Tray.current = this;
  }

  setToolTip(text: string): void {
    this.toolTip = text;
  }

  setContextMenu(menu: Menu): void {
    this.menu = menu;
  }

  destroy(): void {
    Tray.current = undefined;
  }
}

/** Questions that were asked, and what the person in front of them answers. */
export class Dialogs {
  readonly asked: unknown[] = [];
  readonly answers: number[] = [];

  showMessageBox(first: unknown, second?: unknown): Promise<{ response: number; checkboxChecked: boolean }> {
    this.asked.push(second ?? first);
    const response = this.answers.shift();
    if (response === undefined) throw new Error('Nobody is there to answer the dialog');
    return Promise.resolve({ response, checkboxChecked: false });
  }

  showErrorBox(title: string, content: string): void {
    this.asked.push({ title, content });
  }
}

export class Shell {
  readonly opened: string[] = [];

  openExternal(url: string): Promise<void> {
    this.opened.push(url);
    return Promise.resolve();
  }
}

const key = randomBytes(32);

/** Encrypts for real, with a key that lives as long as the process. */
export const safeStorage = {
  isEncryptionAvailable: (): boolean => true,
  getSelectedStorageBackend: (): string => 'basic_text',
  encryptString(text: string): Buffer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  },
  decryptString(encrypted: Buffer): string {
    const decipher = createDecipheriv('aes-256-gcm', key, encrypted.subarray(0, 12));
    decipher.setAuthTag(encrypted.subarray(-16));
    return Buffer.concat([decipher.update(encrypted.subarray(12, -16)), decipher.final()]).toString('utf8');
  },
};

const workArea = { x: 0, y: 0, width: 1920, height: 1040 };
const display = { id: 1, workArea, workAreaSize: { width: workArea.width, height: workArea.height } };

export const screen = {
  getPrimaryDisplay: (): typeof display => display,
  getAllDisplays: (): (typeof display)[] => [display],
};
