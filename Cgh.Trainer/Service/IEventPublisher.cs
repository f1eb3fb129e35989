namespace Cgh.Trainer.Service;

/// <summary>Publishes events without blocking the caller.</summary>
internal interface IEventPublisher
{
    /// <summary>Queues an event for publishing.</summary>
    void Publish<T>(T happened)
        where T : class;
}
