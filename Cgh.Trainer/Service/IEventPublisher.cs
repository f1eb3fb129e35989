namespace Cgh.Trainer.Service;

/// <summary>Publishes events without holding up the caller.</summary>
internal interface IEventPublisher
{
    /// <summary>Publishes soon.</summary>
    void Publish<T>(T happened)
        where T : class;
}
