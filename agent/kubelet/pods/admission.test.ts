import { describe, expect, it } from 'vitest';
import { pod } from '../../testing/pods.ts';
import { rejection } from './admission.ts';

const allocatable = { cpu: '2', memory: '1Gi', pods: '3' };
const asking = (cpu: string, memory = '0') =>
  pod({ containers: [{ name: 'web', image: 'web:1', resources: { requests: { cpu, memory } } }] });

describe('what a node takes', () => {
  it('is what fits beside the others', () => {
    expect(rejection(asking('1'), [asking('1')], allocatable)).toBeUndefined();
    expect(rejection(asking('1001m'), [asking('1')], allocatable)).toMatchObject({ reason: 'OutOfcpu' });
    expect(rejection(asking('0', '2Gi'), [], allocatable)?.message).toBe(
      "Pod was rejected: Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824",
    );
    expect(rejection(pod(), [pod(), pod(), pod()], allocatable)).toMatchObject({ reason: 'OutOfpods' });
  });

  it('is what asks for nothing, however full the node is', () => {
    expect(rejection(pod(), [asking('4')], allocatable)).toBeUndefined();
  });

  it('are only settings that stay in the pod', () => {
    const withSysctl = (name: string) => pod({ securityContext: { sysctls: [{ name, value: '1' }] } });
    expect(rejection(withSysctl('net.ipv4.ip_unprivileged_port_start'), [], allocatable)).toBeUndefined();
    expect(rejection(withSysctl('kernel.msgmax'), [], allocatable)).toEqual({
      reason: 'SysctlForbidden',
      message: 'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted',
    });
  });

  it('are no init containers, which would be left out', () => {
    const subject = pod({ initContainers: [{ name: 'first', image: 'web:1' }] });
    expect(rejection(subject, [], allocatable)?.reason).toBe('UnexpectedAdmissionError');
  });
});
