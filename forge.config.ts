import { MakerDeb } from '@electron-forge/maker-deb';
import { MakerDMG } from '@electron-forge/maker-dmg';
import { MakerRpm } from '@electron-forge/maker-rpm';
import { MakerSquirrel } from '@electron-forge/maker-squirrel';
import { MakerZIP } from '@electron-forge/maker-zip';
import { FusesPlugin } from '@electron-forge/plugin-fuses';
import type { ForgeConfig } from '@electron-forge/shared-types';
import { FuseV1Options, FuseVersion } from '@electron/fuses';
import { runAllTasks } from './scripts/build/tasks.ts';

/** What the app is made of: everything else of the checkout stays out of the package. */
const SHIPPED = [
  '/package.json',
  '/build/main',
  '/build/renderer',
  '/build/agent',
  '/build/images',
  '/build/generated',
  '/resources',
];

const config: ForgeConfig = {
  // No native modules: nothing is compiled against Electron.
  rebuildConfig: { onlyModules: [] },
  packagerConfig: {
    asar: true,
    executableName: 'pilothouse',
    appCategoryType: 'public.app-category.developer-tools',
    ignore: (file) =>
      file !== '' &&
      !SHIPPED.some((shipped) => file === shipped || file.startsWith(`${shipped}/`) || shipped.startsWith(`${file}/`)),
    // Where there is no network, the zip of Electron may lie in a folder.
    ...(process.env['ELECTRON_ZIP_DIR'] ? { electronZipDir: process.env['ELECTRON_ZIP_DIR'] } : {}),
  },
  hooks: {
    generateAssets: () => runAllTasks(),
  },
  makers: [
    new MakerZIP({}, ['darwin', 'linux']),
    new MakerDMG({}),
    new MakerSquirrel({}),
    new MakerDeb({ options: { bin: 'pilothouse', categories: ['Development'] } }),
    new MakerRpm({ options: { bin: 'pilothouse', license: 'MIT', categories: ['Development'] } }),
  ],
  plugins: [
    new FusesPlugin({
      version: FuseVersion.V1,
      [FuseV1Options.RunAsNode]: false,
      [FuseV1Options.EnableCookieEncryption]: true,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
      [FuseV1Options.EnableNodeCliInspectArguments]: false,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
      [FuseV1Options.OnlyLoadAppFromAsar]: true,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
    }),
  ],
};

export default config;
