using Cgh.Core;
using Cgh.Core.Messages;
using MassTransit;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>Refuses commands that were written for another version of the contracts.</summary>
internal sealed class ContractVersionFilter<T> : IFilter<ConsumeContext<T>>
    where T : class
{
    public Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next) =>
        context.Message is ICommand { Version: not Contracts.Version and var version }
            ? throw new UserErrorException($"{typeof(T).Name} is of version {version}; this service knows version {Contracts.Version}. Run the same version of all services, then send it again.")
            : next.Send(context);

    public void Probe(ProbeContext context) => context.CreateFilterScope("contract-version");
}
